//! Records that are lists of parameters, read for their faults only: service bindings (RFC 9460), options (RFC 6891).

use super::parse::{Parser, Rr, Stop};
use super::presentation::{self, key};
use crate::base::cursor::Cursor;

type Read = Result<(), Stop>;

/// Type of the service bindings that HTTPS has for itself.
const HTTPS: u16 = 65;

mod option {
    pub(super) const CLIENT_SUBNET: u16 = 8;
    pub(super) const TCP_KEEPALIVE: u16 = 11;
}

impl Parser<'_, '_> {
    pub(super) fn service_binding(&mut self, rr: &Rr) -> Read {
        if self.cursor.missing(3) > 0 {
            self.sink.weird("DNS_SVCB_wrong_length", "");
            return Err(Stop);
        }
        let start = self.cursor.at();
        let priority = self.cursor.u16()?;
        self.read_name(false);
        let mut left = rr.length.saturating_sub(self.cursor.at() - start);
        if left > 0 && priority == 0 {
            self.sink.weird("DNS_SVCB_aliasmode_with_params", "");
        }
        let name = if rr.kind == HTTPS { "HTTPS" } else { "SVCB" };
        let mut text = self.setting.more.then(|| presentation::binding(name, priority, self.name.text()));
        while left >= 4 {
            let (key, length) = (self.cursor.u16()?, usize::from(self.cursor.u16()?));
            left -= 4;
            let value = self.cursor.take(length.min(left))?;
            if length > left {
                self.sink.weird("DNS_SVCB_param_value_toobig", &format!("{length} capped to {left}"));
            } else if let Some(weird) = fault(key, value) {
                self.sink.weird(weird, "");
            }
            if let Some(text) = &mut text {
                presentation::parameter(text, key, value, length <= left && is_sound(key, value));
            }
            left = left.saturating_sub(length);
        }
        if let Some(text) = text {
            self.accept(rr, text);
        }
        Ok(())
    }

    /// The options of an OPT record; they are taken to fill the rest of the message.
    pub(super) fn options(&mut self) -> Read {
        while self.cursor.missing(4) == 0 {
            let (code, length) = (self.cursor.u16()?, usize::from(self.cursor.u16()?));
            let Ok(value) = self.cursor.take(length) else { break };
            match code {
                option::CLIENT_SUBNET => self.client_subnet(value),
                option::TCP_KEEPALIVE if matches!(length, 0 | 2) && self.setting.datagram => {
                    self.sink.weird("EDNS_TCP_Keepalive_In_UDP", "");
                }
                _ => {}
            }
        }
        if !self.cursor.is_empty() {
            self.sink.weird("EDNS_truncated_option", "");
            return Err(Stop);
        }
        Ok(())
    }

    fn client_subnet(&mut self, value: &[u8]) {
        let mut cursor = Cursor::new(value);
        let (family, prefix, scope) = (cursor.u16(), cursor.u8(), cursor.u8());
        let (Ok(family), Ok(prefix), Ok(_), false) = (family, prefix, scope, cursor.is_empty()) else {
            self.sink.weird("EDNS_ECS_invalid_option_len", "");
            return;
        };
        let prefix = usize::from(prefix);
        let (bits, bad_prefix, bad_address) = match family {
            1 => (32, "EDNS_ECS_invalid_addr_v4_prefix", "EDNS_ECS_invalid_addr_v4"),
            2 => (128, "EDNS_ECS_invalid_addr_v6_prefix", "EDNS_ECS_invalid_addr_v6"),
            _ => return,
        };
        let there = cursor.left() * 8;
        if prefix > bits {
            self.sink.weird(bad_prefix, &format!("{prefix} bits"));
        } else if prefix > there {
            self.sink.weird(bad_address, &format!("need {prefix} bits, have {there} bits"));
        }
    }
}

/// What is wrong with a service parameter.
fn fault(key: u16, value: &[u8]) -> Option<&'static str> {
    let length = value.len();
    let (sound, weird) = match key {
        key::MANDATORY => (length > 0 && length.is_multiple_of(2), "DNS_SVCB_mandatory_length_invalid"),
        key::ALPN => (is_alpn(value), "DNS_SVCB_alpn_length_invalid"),
        key::NO_DEFAULT_ALPN => (length == 0, "DNS_SVCB_nodefaultalpn_value"),
        key::PORT => (length == 2, "DNS_SVCB_port_length_invalid"),
        key::IPV4_HINT => (length.is_multiple_of(4), "DNS_SVCB_hint_length_invalid"),
        key::IPV6_HINT => (length.is_multiple_of(16), "DNS_SVCB_hint_length_invalid"),
        key::ECH => return None,
        _ => (false, "DNS_SVCB_key_reserved_or_invalid"),
    };
    (!sound).then_some(weird)
}

/// Whether a parameter can be shown as what it is.
fn is_sound(number: u16, value: &[u8]) -> bool {
    match number {
        key::DOHPATH => true,
        _ => fault(number, value).is_none(),
    }
}

/// Whether bytes are protocol names, each behind its length, none empty.
fn is_alpn(mut value: &[u8]) -> bool {
    while let Some((&length, names)) = value.split_first() {
        match names.split_at_checked(usize::from(length)) {
            Some((name, rest)) if !name.is_empty() => value = rest,
            _ => return false,
        }
    }
    true
}
