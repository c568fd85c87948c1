//! Calls in several fragments: their bodies are put together.

use std::borrow::Cow;

use super::parse::Header;

/// Calls of one direction that wait for their last fragment.
const MAX_CALLS: usize = 20;
/// Bytes of fragments of one call.
const MAX_BYTES: usize = 30_000;

/// The calls of one direction that wait for their last fragment, by number.
#[derive(Default)]
pub(super) struct Fragments {
    calls: Vec<(u32, Vec<u8>)>,
}

/// What a fragment makes.
pub(super) struct Piece<'a> {
    /// The body of its call, if that is complete.
    pub(super) body: Option<Cow<'a, [u8]>>,
    /// The weird that it raises; then nothing more is read.
    pub(super) over: Option<&'static str>,
}

impl<'a> Piece<'a> {
    const WAITS: Self = Self { body: None, over: None };

    const fn of(body: &'a [u8]) -> Self {
        Self { body: Some(Cow::Borrowed(body)), over: None }
    }

    const fn over(weird: &'static str) -> Self {
        Self { body: None, over: Some(weird) }
    }
}

impl Fragments {
    /// Takes the body of a PDU. One that goes on with a call whose beginning was not seen is nobody's.
    pub(super) fn add<'a>(&mut self, header: &Header, body: &'a [u8]) -> Piece<'a> {
        let known = self.calls.iter().position(|(call, _)| *call == header.call);
        match known {
            Some(_) if header.is_first() => Piece::over("multiple_first_fragments_in_dce_rpc_reassembly"),
            Some(at) => self.go_on(at, header.is_last(), body),
            None if !header.is_first() => Piece::WAITS,
            None if header.is_last() => Piece::of(body),
            None => self.begin(header.call, body),
        }
    }

    fn begin<'a>(&mut self, call: u32, body: &[u8]) -> Piece<'a> {
        self.calls.push((call, body.to_vec()));
        if self.calls.len() > MAX_CALLS {
            return Piece::over("too_many_dce_rpc_msgs_in_reassembly");
        }
        Piece { body: None, over: excess(body) }
    }

    fn go_on<'a>(&mut self, at: usize, last: bool, body: &[u8]) -> Piece<'a> {
        let Some((_, whole)) = self.calls.get_mut(at) else { return Piece::WAITS };
        whole.extend_from_slice(body);
        let over = excess(whole);
        let body = last.then(|| Cow::Owned(self.calls.swap_remove(at).1));
        Piece { body, over }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let bodies: usize = self.calls.iter().map(|(_, body)| body.capacity()).sum();
        bodies + self.calls.capacity() * size_of::<(u32, Vec<u8>)>()
    }
}

fn excess(body: &[u8]) -> Option<&'static str> {
    (body.len() > MAX_BYTES).then_some("too_much_dce_rpc_fragment_data")
}
