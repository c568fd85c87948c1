//! NTP on messages made here.
