//! SMB on messages made here.
