//! The record of an FTP command.

use std::net::IpAddr;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Fuid, Port};

crate::events::record! {
    /// One row for each command that carries a file, changes one or prepares a data connection.
    pub struct Ftp in "ftp" {
        /// When the command came.
        ts: Timestamp,
        /// The connection that commands and replies go over.
        conn: ConnTag,
        /// Who is logged in (RFC 959, 4.1.1).
        user: Vec<u8>,
        /// Their password, if they are a guest (RFC 959, 4.1.1).
        password: Option<Vec<u8>>,
        /// The command, in capitals (RFC 959, 4.1).
        command: Vec<u8>,
        /// Its argument; that of one about files as a URL.
        arg: Option<Vec<u8>>,
        /// Type of the file that came over the data connection.
        mime_type: Option<&'static str>,
        /// Bytes of the file, as the server told.
        file_size: Option<u64>,
        /// Code of the reply (RFC 959, 4.2).
        reply_code: Option<u64>,
        /// Text of the reply.
        reply_msg: Option<Vec<u8>>,
        /// Whether the client opens the data connection (RFC 959, 4.1.2).
        passive as "data_channel.passive": Option<bool>,
        /// Who opens the data connection.
        data_orig_h as "data_channel.orig_h": Option<IpAddr>,
        /// The host that it is opened to.
        data_resp_h as "data_channel.resp_h": Option<IpAddr>,
        /// The port that it is opened to.
        data_resp_p as "data_channel.resp_p": Option<Port>,
        /// The file that came over the data connection.
        fuid: Option<Fuid>,
    }
}
