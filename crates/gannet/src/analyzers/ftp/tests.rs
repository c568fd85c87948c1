//! FTP on conversations made here.
