//! What packed connections have of the frames around them: by number, for few of them differ in it.

use ahash::RandomState;
use hashbrown::HashMap;

use crate::base::mac::Macs;

/// What came in front of IP when a connection began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Link {
    pub(super) macs: Option<Macs>,
    pub(super) vlan: Option<u16>,
    pub(super) inner_vlan: Option<u16>,
}

/// Links, by number, as long as a packed connection has them: no more than there are of those.
pub(super) struct Links {
    numbers: HashMap<Link, u32, RandomState>,
    /// Each link, and how many have it.
    all: Vec<(Link, u32)>,
    free: Vec<u32>,
}

impl Links {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { numbers: HashMap::with_hasher(hasher), all: Vec::new(), free: Vec::new() }
    }

    /// The number of a link for one more connection; `None` if numbers do not suffice.
    pub(super) fn add(&mut self, link: Link) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&link) {
            let (_, count) = self.all.get_mut(number as usize)?;
            *count += 1;
            return Some(number);
        }
        let number = self.free.pop().or_else(|| u32::try_from(self.all.len()).ok())?;
        if number as usize == self.all.len() {
            self.all.push((link, 1));
        } else {
            *self.all.get_mut(number as usize)? = (link, 1);
        }
        self.numbers.insert(link, number);
        Some(number)
    }

    /// The link of a connection that is packed no more.
    pub(super) fn remove(&mut self, number: u32) -> Link {
        let Some((link, count)) = self.all.get_mut(number as usize) else { return Link::default() };
        let link = *link;
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.numbers.remove(&link);
            self.free.push(number);
        }
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(vlan: u16) -> Link {
        Link { vlan: Some(vlan), ..Link::default() }
    }

    #[test]
    fn a_link_has_a_number_as_long_as_somebody_has_it() {
        let mut links = Links::new(RandomState::with_seeds(1, 2, 3, 4));
        assert_eq!((links.add(link(1)), links.add(link(2)), links.add(link(1))), (Some(0), Some(1), Some(0)));
        assert_eq!(links.remove(0), link(1));
        assert_eq!((links.add(link(3)), links.remove(0)), (Some(2), link(1)));
        assert_eq!((links.add(link(4)), links.remove(0), links.remove(2)), (Some(0), link(4), link(3)));
    }
}
