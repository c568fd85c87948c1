//! What indicators are of, and where they are seen, by the names that Zeek has for both.

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// An address.
    Addr,
    /// Addresses that begin alike.
    Subnet,
    /// Where something is on the web, without its scheme.
    Url,
    /// How a program names itself.
    Software,
    /// An address of mail.
    Email,
    /// The name of a host.
    Domain,
    /// The name of a user.
    UserName,
    /// SHA-1 of a certificate.
    CertHash,
    /// MD5 of a public key.
    PubkeyHash,
    /// MD5, SHA-1 or SHA-256 of a file's content.
    FileHash,
    /// The name of a file.
    FileName,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 11] = [
        Self::Addr,
        Self::Subnet,
        Self::Url,
        Self::Software,
        Self::Email,
        Self::Domain,
        Self::UserName,
        Self::CertHash,
        Self::PubkeyHash,
        Self::FileHash,
        Self::FileName,
    ];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Addr => "Intel::ADDR",
            Self::Subnet => "Intel::SUBNET",
            Self::Url => "Intel::URL",
            Self::Software => "Intel::SOFTWARE",
            Self::Email => "Intel::EMAIL",
            Self::Domain => "Intel::DOMAIN",
            Self::UserName => "Intel::USER_NAME",
            Self::CertHash => "Intel::CERT_HASH",
            Self::PubkeyHash => "Intel::PUBKEY_HASH",
            Self::FileHash => "Intel::FILE_HASH",
            Self::FileName => "Intel::FILE_NAME",
        }
    }

    /// The one of this name.
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().as_bytes() == name)
    }
}

/// Some of the kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub(super) fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u16;
    }

    pub(super) const fn has(self, kind: Kind) -> bool {
        self.0 >> kind as u16 & 1 == 1
    }

    /// Those that are in either.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each of them, in the order of all.
    pub(super) fn each(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

/// Where an indicator is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(pub(super) &'static str);

impl Place {
    pub(super) const ORIG: Self = Self("Conn::IN_ORIG");
    pub(super) const RESP: Self = Self("Conn::IN_RESP");
    pub(super) const QUERY: Self = Self("DNS::IN_REQUEST");
    pub(super) const FILE_HASH: Self = Self("Files::IN_HASH");
    pub(super) const FILE_NAME: Self = Self("Files::IN_NAME");
    pub(super) const SMB_NAME: Self = Self("SMB::IN_FILE_NAME");
    pub(super) const HOST: Self = Self("HTTP::IN_HOST_HEADER");
    pub(super) const FORWARDED: Self = Self("HTTP::IN_X_FORWARDED_FOR_HEADER");
    pub(super) const REFERRER: Self = Self("HTTP::IN_REFERRER_HEADER");
    pub(super) const USER_AGENT: Self = Self("HTTP::IN_USER_AGENT_HEADER");
    pub(super) const URL: Self = Self("HTTP::IN_URL");
    pub(super) const SERVER_NAME: Self = Self("SSL::IN_SERVER_NAME");
    pub(super) const CERT: Self = Self("X509::IN_CERT");
    pub(super) const RECEIVED: Self = Self("SMTP::IN_RECEIVED_HEADER");
    pub(super) const ORIGINATING: Self = Self("SMTP::IN_X_ORIGINATING_IP_HEADER");
    pub(super) const MAIL_HEADER: Self = Self("SMTP::IN_HEADER");
    pub(super) const MAIL_FROM: Self = Self("SMTP::IN_MAIL_FROM");
    pub(super) const RCPT_TO: Self = Self("SMTP::IN_RCPT_TO");
    pub(super) const FROM: Self = Self("SMTP::IN_FROM");
    pub(super) const TO: Self = Self("SMTP::IN_TO");
    pub(super) const CC: Self = Self("SMTP::IN_CC");
    pub(super) const REPLY_TO: Self = Self("SMTP::IN_REPLY_TO");
    pub(super) const LOGIN: Self = Self("SSH::SUCCESSFUL_LOGIN");

    /// All that an item may name, those among them where nothing is looked up included.
    pub(super) const ALL: [Self; 26] = [
        Self::ORIG,
        Self::RESP,
        Self::QUERY,
        Self("DNS::IN_RESPONSE"),
        Self::FILE_HASH,
        Self::FILE_NAME,
        Self::SMB_NAME,
        Self::HOST,
        Self::FORWARDED,
        Self::REFERRER,
        Self::USER_AGENT,
        Self::URL,
        Self::SERVER_NAME,
        Self::CERT,
        Self::RECEIVED,
        Self::ORIGINATING,
        Self::MAIL_HEADER,
        Self::MAIL_FROM,
        Self::RCPT_TO,
        Self::FROM,
        Self::TO,
        Self::CC,
        Self::REPLY_TO,
        Self("SMTP::IN_MESSAGE"),
        Self("SSH::IN_SERVER_HOST_KEY"),
        Self::LOGIN,
    ];

    /// The name of all of them together.
    pub(super) const ANYWHERE: &[u8] = b"Intel::IN_ANYWHERE";

    /// The one of this name.
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.0.as_bytes() == name)
    }
}
