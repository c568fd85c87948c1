//! Which of many things were seen and are not over yet.

use std::collections::VecDeque;
use std::hash::{Hash, RandomState};

use hashbrown::HashSet;

/// A set within a limit, from which its members are taken one by one; when there are too many, the oldest goes first.
pub(crate) struct Recent<K> {
    /// Members come from the wire: their hash is secret.
    members: HashSet<K, RandomState>,
    /// Members from the oldest to the newest, and some that are gone.
    order: VecDeque<K>,
    most: usize,
}

/// Members that are gone are swept out of the order when there are more of them than of others, and than this.
const SLACK: usize = 1024;

impl<K: Copy + Eq + Hash> Recent<K> {
    /// A set of at most so many.
    pub(crate) fn new(most: usize) -> Self {
        let members = HashSet::with_hasher(RandomState::new());
        Self { members, order: VecDeque::new(), most }
    }

    pub(crate) fn contains(&self, member: &K) -> bool {
        self.members.contains(member)
    }

    /// One more. Whether another one had to go for it.
    pub(crate) fn insert(&mut self, member: K) -> bool {
        if !self.members.insert(member) {
            return false;
        }
        self.order.push_back(member);
        if self.order.len() > 2 * self.members.len() + SLACK {
            self.order.retain(|member| self.members.contains(member));
        }
        let full = self.members.len() > self.most;
        while self.members.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.members.remove(&oldest);
        }
        full
    }

    /// Takes a member out; whether it was one.
    pub(crate) fn remove(&mut self, member: &K) -> bool {
        self.members.remove(member)
    }

    /// Bytes of memory.
    pub(crate) fn held(&self) -> usize {
        self.members.allocation_size() + self.order.capacity() * size_of::<K>()
    }
}
