//! Commands whose arguments are known (<https://redis.io/commands>).

use self::Role::{Client, Hello, Plain, Subscribe, Unsubscribe};

/// What a command does to the replies that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It has one.
    Plain,
    /// It may say how the server speaks from here on.
    Hello,
    /// It may say which commands are answered.
    Client,
    /// It is answered out of order, and messages follow.
    Subscribe,
    /// It is answered out of order.
    Unsubscribe,
}

/// A command that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    /// Place of its key among the words; 0 if it has none.
    pub(super) key: usize,
    /// Place of its value among the words; 0 if it has none.
    pub(super) value: usize,
    pub(super) role: Role,
}

const fn known(name: &'static str, key: usize, value: usize, role: Role) -> Known {
    Known { name, key, value, role }
}

/// Name, places of the key and of the value among the words (0: there is none, or it is not told), and what it does to replies.
#[rustfmt::skip]
pub(super) static COMMANDS: &[Known] = &[
    known("append", 1, 2, Plain),
    known("auth", 0, 0, Plain),
    known("bitcount", 1, 0, Plain),
    known("bitfield", 1, 0, Plain),
    known("bitfield_ro", 1, 0, Plain),
    known("bitop", 2, 0, Plain),
    known("bitpos", 1, 0, Plain),
    known("blmpop", 3, 0, Plain),
    known("blpop", 1, 0, Plain),
    known("brpop", 1, 0, Plain),
    known("client", 0, 0, Client),
    known("copy", 1, 0, Plain),
    known("decr", 1, 0, Plain),
    known("decrby", 1, 2, Plain),
    known("del", 1, 0, Plain),
    known("dump", 1, 0, Plain),
    known("exists", 1, 0, Plain),
    known("expire", 1, 2, Plain),
    known("expireat", 1, 2, Plain),
    known("expiretime", 1, 0, Plain),
    known("get", 1, 0, Plain),
    known("getbit", 1, 2, Plain),
    known("getdel", 1, 0, Plain),
    known("getex", 1, 0, Plain),
    known("getrange", 1, 0, Plain),
    known("getset", 1, 2, Plain),
    known("hdel", 1, 2, Plain),
    known("hello", 0, 0, Hello),
    known("hget", 1, 2, Plain),
    known("hset", 1, 0, Plain),
    known("incr", 1, 0, Plain),
    known("incrby", 1, 2, Plain),
    known("keys", 1, 0, Plain),
    known("mget", 1, 0, Plain),
    known("move", 1, 2, Plain),
    known("mset", 1, 2, Plain),
    known("persist", 1, 0, Plain),
    known("psubscribe", 0, 0, Subscribe),
    known("punsubscribe", 0, 0, Unsubscribe),
    known("quit", 0, 0, Plain),
    known("rename", 1, 2, Plain),
    known("reset", 0, 0, Plain),
    known("set", 1, 2, Plain),
    known("ssubscribe", 0, 0, Subscribe),
    known("strlen", 1, 0, Plain),
    known("subscribe", 0, 0, Subscribe),
    known("sunsubscribe", 0, 0, Unsubscribe),
    known("ttl", 1, 0, Plain),
    known("type", 1, 0, Plain),
    known("unsubscribe", 0, 0, Unsubscribe),
];
