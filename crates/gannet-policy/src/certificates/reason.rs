//! What comes of checking a chain, in OpenSSL's words.

/// Why a chain is not trusted: the first fault that OpenSSL 3 finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A certificate that cannot be judged: an extension or a key of it cannot be read.
    Unspecified,
    /// The issuer of a certificate of the trusted ones is not among them.
    NoIssuer,
    /// The signature of a certificate is wrong.
    BadSignature,
    /// A certificate is not valid yet.
    NotYetValid,
    /// A certificate is not valid any more.
    Expired,
    /// The time from which a certificate is valid is none.
    BadNotBefore,
    /// The time until which a certificate is valid is none.
    BadNotAfter,
    /// The only certificate signed itself, and is not trusted.
    SelfSigned,
    /// The last certificate signed itself, and is not trusted.
    SelfSignedInChain,
    /// The issuer of a certificate is neither among those that were sent nor trusted.
    NoLocalIssuer,
    /// There are more certificates below one than it allows.
    PathTooLong,
    /// A critical extension is not known.
    UnknownCritical,
    /// An issuer may not sign certificates.
    NoCertSign,
    /// A certificate that a user made for a program of theirs.
    Proxy,
    /// A name is outside what an issuer may vouch for.
    NotPermitted,
    /// A name is inside what an issuer may not vouch for.
    Excluded,
    /// A limit on names counts labels.
    MinMax,
    /// A limit on names of a kind that is not known.
    ConstraintType,
    /// A name that cannot be held against a limit.
    NameSyntax,
    /// An issuer is no authority.
    InvalidCa,
    /// The curve of a key is described instead of named.
    ExplicitCurve,
}

impl Reason {
    /// OpenSSL's number of it.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.told().0
    }

    /// The words for it: OpenSSL's, but for [`Self::SelfSigned`], which Zeek writes as OpenSSL 1 did.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.told().1
    }

    const fn told(self) -> (u16, &'static str) {
        match self {
            Self::Unspecified => (1, "unspecified certificate verification error"),
            Self::NoIssuer => (2, "unable to get issuer certificate"),
            Self::BadSignature => (7, "certificate signature failure"),
            Self::NotYetValid => (9, "certificate is not yet valid"),
            Self::Expired => (10, "certificate has expired"),
            Self::BadNotBefore => (13, "format error in certificate's notBefore field"),
            Self::BadNotAfter => (14, "format error in certificate's notAfter field"),
            Self::SelfSigned => (18, "self signed certificate"),
            Self::SelfSignedInChain => (19, "self-signed certificate in certificate chain"),
            Self::NoLocalIssuer => (20, "unable to get local issuer certificate"),
            Self::PathTooLong => (25, "path length constraint exceeded"),
            Self::NoCertSign => (32, "key usage does not include certificate signing"),
            Self::UnknownCritical => (34, "unhandled critical extension"),
            Self::Proxy => (40, "proxy certificates not allowed, please set the appropriate flag"),
            Self::NotPermitted => (47, "permitted subtree violation"),
            Self::Excluded => (48, "excluded subtree violation"),
            Self::MinMax => (49, "name constraints minimum and maximum not supported"),
            Self::ConstraintType => (51, "unsupported name constraint type"),
            Self::NameSyntax => (53, "unsupported or invalid name syntax"),
            Self::InvalidCa => (79, "invalid CA certificate"),
            Self::ExplicitCurve => (94, "certificate public key has explicit ECC parameters"),
        }
    }
}

/// What came of checking a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It is trusted.
    Trusted,
    /// It is not.
    Faulty(Reason),
    /// Nobody knows: a signature is of a kind that is not checked here, or there were too many to check.
    Unknown,
}

impl Verdict {
    /// The words for it; nothing if nobody knows.
    #[must_use]
    pub const fn text(self) -> Option<&'static str> {
        match self {
            Self::Trusted => Some("ok"),
            Self::Faulty(reason) => Some(reason.text()),
            Self::Unknown => None,
        }
    }
}
