//! SMTP on conversations made here.
