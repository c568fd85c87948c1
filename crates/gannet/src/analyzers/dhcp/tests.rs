//! DHCP on messages made here.
