//! Whether a log-in succeeded, by the sizes of what the server sends when everything is encrypted.
//!
//! What is counted is the payload of segments, as they come: the first answer accepts the service, the next one normally
//! refuses the method `none`, and one of the same size refuses again. An answer that is sixteen bytes shorter than the first
//! one says that the client is in.

/// An answer that is so much longer than the first is a banner.
const BANNER: usize = 256;
/// By how much the answer that lets the client in is shorter than the first.
const SUCCESS: usize = 16;

/// What the sizes have told so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The client has sent something encrypted.
    asked: bool,
    /// Size of the first answer.
    accept: Option<usize>,
    /// Size of an answer that refuses.
    refusal: Option<usize>,
    /// A banner was left out.
    banner: bool,
}

/// What one more answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    Nothing,
    Refused,
    Accepted,
}

impl Sizes {
    pub(super) fn client(&mut self) {
        self.asked = true;
    }

    /// A segment of the server with so many encrypted bytes.
    pub(super) fn server(&mut self, length: usize) -> Tells {
        if !self.asked {
            return Tells::Nothing;
        }
        let Some(accept) = self.accept else {
            self.accept = Some(length);
            return Tells::Nothing;
        };
        if length + SUCCESS == accept {
            return Tells::Accepted;
        }
        match self.refusal {
            Some(refusal) if refusal == length => Tells::Refused,
            Some(_) => Tells::Nothing,
            None if !self.banner && length > accept + BANNER => {
                self.banner = true;
                Tells::Nothing
            }
            None => {
                self.refusal = Some(length);
                Tells::Nothing
            }
        }
    }
}
