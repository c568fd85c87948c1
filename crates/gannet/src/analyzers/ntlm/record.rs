//! The record of a logon with NTLM.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each connection on which somebody logs on.
    pub struct Ntlm in "ntlm" {
        /// When the first of its messages was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Who logs on (MS-NLMP, section 2.2.1.3).
        username: Option<Vec<u8>>,
        /// The client's name of itself (MS-NLMP, section 2.2.1.3).
        hostname: Option<Vec<u8>>,
        /// Where the user is known (MS-NLMP, section 2.2.1.3).
        domainname: Option<Vec<u8>>,
        /// The server's NetBIOS name (MS-NLMP, section 2.2.2.1).
        server_nb_computer_name: Option<Vec<u8>>,
        /// The server's DNS name (MS-NLMP, section 2.2.2.1).
        server_dns_computer_name: Option<Vec<u8>>,
        /// DNS name of the forest that the server is in (MS-NLMP, section 2.2.2.1).
        server_tree_name: Option<Vec<u8>>,
        /// Whether it succeeded, if who carries the messages says so (RFC 4178, section 4.2.2).
        success: Option<bool>,
    }
}
