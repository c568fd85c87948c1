//! MIME: header fields, what kind of body they announce, and the parts of one (RFC 2045, RFC 2046, RFC 5322).

mod content;
mod field;
mod folding;
mod kind;
mod mail;
mod multipart;

pub use content::{Transfer, file_name, filename, has_filename};
pub use field::{Field, is_blank, quoted, skip_blanks, skip_comments, token, unquote};
pub use folding::{Folding, Line, MAX_FIELD};
pub use kind::{Kind, content_type, delimiter};
pub use mail::{Listener, Mail, Oddity};
pub use multipart::{MAX_BOUNDARY, Multipart, Part};
