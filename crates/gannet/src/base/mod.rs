//! The ground that every stage stands on: time, keys, packets, directions, limits, shards, settings.

pub(crate) mod cursor;
pub(crate) mod direction;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod mac;
pub(crate) mod nets;
pub(crate) mod packet;
pub(crate) mod proto;
pub(crate) mod settings;
pub(crate) mod shard;
pub(crate) mod shown;
pub(crate) mod time;
