#!/usr/bin/env python3
"""Makes chains of certificates with all kinds of faults, and records what `openssl verify` says of each.

Writes certificates.pem (each certificate once, in the order in which chains.tsv counts them from 0) and chains.tsv: name of the
case, time of the check in seconds since 1970, trusted certificates, those that were sent (the server's own first), and
OpenSSL's number of the fault (0: none). Needs openssl 3 and the Python package cryptography (signing alone; encodings are
made here, for most of them are ones that no library makes).
"""
import base64, os, re, subprocess, sys, tempfile
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, ed448, padding, rsa, x25519

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = 1_700_000_000
DAY = 86_400

# --- DER -----------------------------------------------------------------------------------------------------------------

def tlv(tag, *parts):
    content = b"".join(parts)
    n = len(content)
    length = bytes([n]) if n < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + length + content

def seq(*parts): return tlv(0x30, *parts)
def integer(n): return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))
def octets(b): return tlv(4, b)
def bits(b, unused=0): return tlv(3, bytes([unused]), b)
def boolean(value): return tlv(1, b"\xff" if value else b"\x00")
NULL = tlv(5)

def oid(text):
    numbers = [int(n) for n in text.split(".")]
    out = b""
    for n in [numbers[0] * 40 + numbers[1]] + numbers[2:]:
        part = [n & 127]
        while n := n >> 7:
            part.append(n & 127 | 128)
        out += bytes(reversed(part))
    return tlv(6, out)

CN, MAIL = "2.5.4.3", "1.2.840.113549.1.9.1"
KINDS = {"utf8": (12, "utf-8"), "print": (19, "ascii"), "t61": (20, "latin-1"), "ia5": (22, "ascii"), "bmp": (30, "utf-16-be"),
         "univ": (28, "utf-32-be")}

def name(*parts):
    """A name of (identifier, text[, kind]) or of texts, which are common names."""
    sets = []
    for part in parts:
        part = (CN, part) if isinstance(part, str) else part
        kind, code = KINDS[part[2] if len(part) > 2 else "utf8"]
        sets.append(tlv(0x31, seq(oid(part[0]), tlv(kind, part[1].encode(code)))))
    return seq(*sets)

def utc(t, form="%y%m%d%H%M%SZ"):
    import time
    return tlv(0x17, time.strftime(form, time.gmtime(t)).encode())

def gen(t, form="%Y%m%d%H%M%SZ"):
    import time
    return tlv(0x18, time.strftime(form, time.gmtime(t)).encode())

# --- keys and signatures -------------------------------------------------------------------------------------------------

RSA = "1.2.840.113549.1.1."
HASHES = {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512, "sha512_224": hashes.SHA512_224, "sha512_256": hashes.SHA512_256}
RSA_BY = {"md5": 4, "sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13, "sha224": 14, "sha512_224": 15, "sha512_256": 16}
EC_BY = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
NIST = "2.16.840.1.101.3.4.2."
HASH_OID = {"sha1": "1.3.14.3.2.26", "sha256": NIST + "1", "sha384": NIST + "2", "sha512": NIST + "3", "sha224": NIST + "4"}
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "p224": ec.SECP224R1, "k256": ec.SECP256K1,
          "brainpool": ec.BrainpoolP256R1}

def make_key(kind):
    if kind.startswith("rsa"):
        bits_, _, e = kind[3:].partition("e")
        return rsa.generate_private_key(int(e or 65537), int(bits_)) if int(bits_) >= 1024 else small_rsa(int(bits_))
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return {"ed25519": ed25519.Ed25519PrivateKey.generate, "ed448": ed448.Ed448PrivateKey.generate,
            "x25519": x25519.X25519PrivateKey.generate, "dsa": lambda: dsa.generate_private_key(2048)}[kind]()

def small_rsa(size):
    pem = subprocess.run(["openssl", "genrsa", "-traditional", str(size)], capture_output=True, check=True).stdout
    return serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)

def spki(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)

def pss_algorithm(hash_, mask, salt):
    params = [tlv(0xA0, seq(oid(HASH_OID[hash_]), NULL)), tlv(0xA1, seq(oid(RSA + "8"), seq(oid(HASH_OID[mask]), NULL))),
              tlv(0xA2, integer(salt))]
    return seq(oid(RSA + "10"), seq(*params))

def algorithm_of(key, by):
    """The algorithm by which a key signs; `by` is a hash, or pss:HASH:MASK:SALT."""
    if by.startswith("pss"):
        _, hash_, mask, salt = by.split(":")
        return pss_algorithm(hash_, mask, int(salt))
    if isinstance(key, rsa.RSAPrivateKey): return seq(oid(RSA + str(RSA_BY[by])), NULL)
    if isinstance(key, ec.EllipticCurvePrivateKey): return seq(oid("1.2.840.10045.4." + EC_BY[by]))
    if isinstance(key, dsa.DSAPrivateKey): return seq(oid(NIST[:-2] + "3.2"))
    return seq(oid("1.3.101.112" if isinstance(key, ed25519.Ed25519PrivateKey) else "1.3.101.113"))

def sign(key, by, message):
    if by.startswith("pss"):
        _, hash_, mask, salt = by.split(":")
        return key.sign(message, padding.PSS(padding.MGF1(HASHES[mask]()), int(salt)), HASHES[hash_]())
    if isinstance(key, rsa.RSAPrivateKey): return key.sign(message, padding.PKCS1v15(), HASHES[by]())
    if isinstance(key, ec.EllipticCurvePrivateKey): return key.sign(message, ec.ECDSA(HASHES[by]()))
    if isinstance(key, dsa.DSAPrivateKey): return key.sign(message, HASHES[by]())
    return key.sign(message)

# --- certificates --------------------------------------------------------------------------------------------------------

def extension(number, content, critical=False):
    return seq(oid(number), boolean(True) if critical else b"", octets(content))

def basic(ca=True, most=None, critical=True):
    return extension("2.5.29.19", seq(boolean(True) if ca else b"", b"" if most is None else integer(most)), critical)

def usage(*numbers):
    value = sum(0x80 >> n for n in numbers)
    return extension("2.5.29.15", bits(bytes([value])), True)

def key_id(value): return extension("2.5.29.14", octets(value))
def authority(key=None, issuer=None, serial=None):
    parts = [tlv(0x80, key)] if key else []
    parts += [tlv(0xA1, tlv(0xA4, issuer))] if issuer else []
    parts += [tlv(0x82, integer(serial)[2:])] if serial is not None else []
    return extension("2.5.29.35", seq(*parts))

GENERAL = {"mail": 0x81, "dns": 0x82, "dir": 0xA4, "uri": 0x86, "ip": 0x87, "rid": 0x88, "other": 0xA0}
def general(kind, value): return tlv(GENERAL[kind], value if isinstance(value, bytes) else value.encode())
def alt(*names): return extension("2.5.29.17", seq(*[general(*n) for n in names]))
def limits(permitted=(), excluded=(), extra=b""):
    trees = lambda tag, names: tlv(tag, *[seq(general(*n), extra) for n in names]) if names else b""
    return extension("2.5.29.30", seq(trees(0xA0, permitted), trees(0xA1, excluded)), True)

CERTIFY, SIGN = 5, 0
serials = iter(range(1000, 10_000_000))

class Cert:
    def __init__(self, der, key, subject, serial): self.der, self.key, self.subject, self.serial = der, key, subject, serial

KEYS = {}
def key_for(label, kind="p256"):
    if (label, kind) not in KEYS: KEYS[label, kind] = make_key(kind)
    return KEYS[label, kind]

def make(subject, by=None, extensions=(), key=None, kind="p256", start=NOW - 100 * DAY, end=NOW + 100 * DAY, version=3, hash_="sha256",
         signer=None, spoil=False, outer=None, inner=None, public=None, issuer=None, times=None, serial=None, raw=None):
    """A certificate of `subject`, signed by the certificate `by` (by itself without one)."""
    subject = name(subject) if isinstance(subject, str) else subject
    key = key or key_for(subject, kind)
    signer = signer or (by.key if by else key)
    issuer = issuer or (by.subject if by else subject)
    serial = serial if serial is not None else next(serials)
    algorithm = algorithm_of(signer, hash_)
    times = times or seq(utc(start) if start < 2524608000 else gen(start), utc(end) if end < 2524608000 else gen(end))
    parts = [tlv(0xA0, integer(version - 1)) if version > 1 else b"", integer(serial), inner or algorithm, issuer, times, subject,
             public or spki(key), tlv(0xA3, seq(*extensions)) if extensions else b""]
    tbs = seq(*parts)
    signature = raw if raw is not None else sign(signer, hash_, tbs)
    if spoil: signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return Cert(seq(tbs, outer or algorithm, bits(signature)), key, subject, serial)

def ca(subject, by=None, most=None, **more):
    extra = more.pop("extra", [])
    return make(subject, by, [basic(True, most), usage(CERTIFY), *extra], **more)

def end(subject, by, *extensions, **more): return make(subject, by, [basic(False), *extensions], **more)

# --- cases ---------------------------------------------------------------------------------------------------------------

CASES = []
def case(label, sent, trusted, now=NOW): CASES.append((label, sent, trusted, now))

def standard(label, root=None, mid=None, leaf=None, cas=(), show=None):
    """Root, intermediate and leaf with options of their own; `show` makes the list that is sent."""
    r = ca(f"{label} root", **(root or {}))
    m = ca(f"{label} mid", r, **(mid or {}))
    l = end(f"{label}.example", m, **(leaf or {}))
    case(label, [l, m], [r])
    return r, m, l

def times():
    spans = {"now": {}, "old": dict(start=NOW - 300 * DAY, end=NOW - 10 * DAY), "new": dict(start=NOW + 10 * DAY, end=NOW + 300 * DAY)}
    for a in spans:
        r = ca(f"t{a} root", **spans[a])
        for b in spans:
            m = ca(f"t{a}{b} mid", r, **spans[b])
            for c in spans:
                case(f"time-{a}-{b}-{c}", [end(f"t{a}{b}{c}", m, **spans[c]), m], [r])
    r, m, l = standard("edge")
    for label, t in [("first", NOW - 100 * DAY), ("before", NOW - 100 * DAY - 1), ("last", NOW + 100 * DAY), ("after", NOW + 100 * DAY + 1)]:
        case(f"time-{label}", [l, m], [r], t)
    odd = {"no-seconds": seq(utc(NOW - DAY, "%y%m%d%H%MZ"), utc(NOW + DAY)), "offset": seq(utc(NOW - DAY, "%y%m%d%H%M%S+0000"), utc(NOW + DAY)),
           "fraction": seq(gen(NOW - DAY), gen(NOW + DAY, "%Y%m%d%H%M%S.5Z")), "gen-before-2050": seq(gen(NOW - DAY), gen(NOW + DAY)),
           "no-zone": seq(utc(NOW - DAY, "%y%m%d%H%M%S"), utc(NOW + DAY)), "bad-month": seq(tlv(0x17, b"231301000000Z"), utc(NOW + DAY)),
           "bad-day": seq(utc(NOW - DAY), tlv(0x17, b"240230000000Z")), "leap-day": seq(utc(NOW - DAY), tlv(0x17, b"240229000000Z")),
           "bad-end": seq(utc(NOW - DAY), tlv(0x17, b"x40229000000Z")), "year-49": seq(utc(NOW - DAY), tlv(0x17, b"491231235959Z")),
           "year-50": seq(tlv(0x17, b"500101000000Z"), utc(NOW + DAY)), "gen-no-seconds": seq(gen(NOW - DAY, "%Y%m%d%H%MZ"), utc(NOW + DAY)),
           "second-60": seq(tlv(0x17, b"230101000060Z"), utc(NOW + DAY)), "9999": seq(utc(NOW - DAY), tlv(0x18, b"99991231235959Z"))}
    for label, value in odd.items():
        case(f"clock-{label}", [end(f"c{label}", m, times=value), m], [r])

def shapes():
    r, m, l = standard("shape")
    m2 = ca("shape mid 2", m); m3 = ca("shape mid 3", m2); l3 = end("deep.example", m3)
    other, om, ol = standard("other")
    for label, sent, trusted in [
        ("no-mid", [l], [r]), ("root-sent", [l, m, r], [r]), ("root-sent-first", [l, r, m], [r]), ("twice", [l, m, m], [r]),
        ("leaf-again", [l, l, m], [r]), ("unrelated", [l, om, ol, m, other], [r]), ("wrong-leaf", [ol, m, l], [r]),
        ("deep", [l3, m3, m2, m], [r]), ("deep-reverse", [l3, m, m2, m3], [r]), ("deep-mixed", [l3, m2, m, m3], [r]),
        ("deep-gap", [l3, m3, m], [r]), ("deep-no-top", [l3, m3, m2], [r]), ("unknown-root-sent", [l, m, r], [other]),
        ("unknown-root-not-sent", [l, m], [other]), ("two-roots", [l, m], [other, r]), ("mid-as-leaf", [m], [r]), ("root-as-leaf", [r], [r]),
        ("unknown-root-as-leaf", [r], [other]), ("mid-trusted", [l], [m]), ("mid-trusted-sent", [l, m], [m]), ("mid-and-root-trusted", [l], [m, r]),
        ("leaf-trusted", [l], [l]), ("leaf-trusted-with-mid", [l, m], [l]), ("mid-trusted-root-sent", [l, m, r], [m]), ("nothing-trusted-alone", [l], [other]),
        ("deep-mid2-trusted", [l3, m3], [m2]), ("deep-mid2-root-trusted", [l3, m3, m2], [m2, m, r]), ("deep-mid2-mid-trusted", [l3, m3], [m2, m])]:
        case(f"shape-{label}", sent, trusted)
    # Long ways up.
    chain = [r]
    for n in range(12): chain.append(ca(f"long {n}", chain[-1]))
    long = end("long.example", chain[-1])
    case("shape-long", [long, *reversed(chain[1:])], [r])
    case("shape-long-forward", [long, *chain[1:]], [r])

def selves():
    other = ca("self other")
    for label, more in [("plain", dict(extensions=[basic(False)])), ("ca", dict(extensions=[basic(True)])), ("nothing", {}), ("v1", dict(version=1)),
                        ("spoilt", dict(spoil=True)), ("old", dict(start=NOW - 9 * DAY, end=NOW - DAY)), ("new", dict(start=NOW + DAY)),
                        ("usage", dict(extensions=[usage(SIGN)])), ("key-ids", dict(extensions=[key_id(b"aa"), authority(b"aa")])),
                        ("other-key-id", dict(extensions=[key_id(b"aa"), authority(b"bb")])), ("critical", dict(extensions=[extension("1.2.3.4", b"\x05\x00", True)])),
                        ("broken", dict(extensions=[extension("2.5.29.19", b"\x30\x05")])), ("broken-alt", dict(extensions=[extension("2.5.29.17", b"xx")])), ("rsa", dict(kind="rsa1024")), ("serial", dict(extensions=[authority(None, name("x"), 5)], serial=5)),
                        ("own-serial", dict(extensions=[authority(None, name("self own-serial"), 5)], serial=5)),
                        ("other-serial", dict(extensions=[authority(None, name("self other-serial"), 6)], serial=5))]:
        c = make(f"self {label}", **more)
        case(f"self-{label}", [c], [other]); case(f"self-{label}-trusted", [c], [c])
        case(f"self-{label}-issues", [end(f"below {label}", c), c], [other]); case(f"self-{label}-issues-trusted", [end(f"below2 {label}", c), c], [c])
    case("self-with-others", [make("self plain2"), other], [other])
    # Another key under the name of a trusted one.
    real = ca("mimic root"); fake = ca("mimic root", key=make_key("p256"))
    fl = end("mimic.example", fake); rl = end("mimic2.example", real)
    case("mimic-sent", [fl, fake], [real]); case("mimic-not-sent", [fl], [real]); case("mimic-itself", [fake], [real]); case("mimic-real", [rl, fake], [real])
    ids = ca("mimic ids", extra=[key_id(b"one")]); ids2 = ca("mimic ids", key=make_key("p256"), extra=[key_id(b"two")])
    il = end("ids.example", ids2, authority(b"two"))
    case("mimic-ids", [il, ids2], [ids]); case("mimic-ids-both", [il], [ids, ids2]); case("mimic-ids-alone", [il], [ids])
    self_leaf = make("self-issued leaf", other, [basic(False)], issuer=name("self-issued leaf"))
    case("self-issued-by-other", [self_leaf, other], [other])

def crosses():
    old = ca("cross old", start=NOW - 900 * DAY, end=NOW - DAY); new = ca("cross new"); key = new.key
    x = ca("cross new", old, key=key); x_old = ca("cross new", old, key=key, start=NOW - 500 * DAY, end=NOW - 2 * DAY)
    m = ca("cross mid", new); l = end("cross.example", m)
    third = ca("cross third"); y = ca("cross new", third, key=key)
    for label, sent, trusted in [("sent-x", [l, m, x], [new]), ("sent-x-both", [l, m, x], [new, old]), ("only-old", [l, m, x], [old]),
        ("expired-x", [l, m, x_old], [new]), ("expired-x-old-only", [l, m, x_old], [old]), ("neither", [l, m, x, old], [third]), ("third", [l, m, y], [third]),
        ("x-then-y", [l, m, x, y], [third]), ("y-then-x", [l, m, y, x], [third]), ("x-old-then-x", [l, m, x_old, x], [old]), ("self-then-y", [l, m, new, y], [third]),
        ("y-then-self", [l, m, y, new], [third]), ("all", [l, m, x_old, x, y, new, old, third], [third]), ("old-sent", [l, m, x, old], [new])]:
        case(f"cross-{label}", sent, trusted)
    # Two issuers of one name and key: the valid one goes first, or else the one that was valid last.
    a = ca("twin", new, start=NOW - 30 * DAY, end=NOW - 20 * DAY); b = ca("twin", new, key=a.key, start=NOW - 30 * DAY, end=NOW - 10 * DAY); c = ca("twin", new, key=a.key)
    t = end("twin.example", a)
    for label, sent in [("abc", [t, a, b, c]), ("ab", [t, a, b]), ("ba", [t, b, a]), ("ca", [t, c, a])]: case(f"twin-{label}", sent, [new])
    d = ca("twin", new, key=make_key("p256")); case("twin-wrong-key-first", [t, d, c], [new]); case("twin-wrong-key-last", [t, c, d], [new])
    # A loop.
    k1, k2 = make_key("p256"), make_key("p256")
    one = make(name("loop 1"), None, [basic()], key=k1, signer=k2, issuer=name("loop 2")); two = make(name("loop 2"), None, [basic()], key=k2, signer=k1, issuer=name("loop 1"))
    case("loop", [end("loop.example", one), one, two], [new])

def authorities():
    r = ca("auth root")
    kinds = {"ca": [basic()], "not-ca": [basic(False)], "nothing": [], "usage-only": [usage(CERTIFY)], "usage-wrong": [basic(), usage(SIGN)],
             "usage-wrong-only": [usage(SIGN)], "usage-both": [basic(), usage(SIGN, CERTIFY)], "plain-critical": [basic(True, None, False)],
             "netscape": [extension("2.16.840.1.113730.1.1", bits(b"\x04", 2))], "netscape-server": [extension("2.16.840.1.113730.1.1", bits(b"\x40", 6))],
             "usage-empty": [basic(), extension("2.5.29.15", bits(b"\x00"))], "usage-no-bits": [basic(), extension("2.5.29.15", bits(b""))], "empty-basic": [extension("2.5.29.19", seq())],
             "purpose": [basic(), extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.4")))], "negative-length": [basic(True, -1)], "length-no-ca": [basic(False, 0)],
             "broken-basic": [extension("2.5.29.19", b"\x30\x05")], "broken-usage": [basic(), extension("2.5.29.15", b"\x04\x00")], "broken-key-id": [basic(), extension("2.5.29.14", b"xx")],
             "broken-alt": [basic(), extension("2.5.29.17", b"xx")], "broken-authority": [basic(), extension("2.5.29.35", b"xx")], "broken-purpose": [basic(), extension("2.5.29.37", b"xx")],
             "broken-limits": [basic(), extension("2.5.29.30", b"xx")], "broken-points": [basic(), extension("2.5.29.31", b"xx")], "broken-policies": [basic(), extension("2.5.29.32", b"xx")],
             "twice": [basic(), basic()], "twice-key-id": [basic(), key_id(b"a"), key_id(b"a")], "unknown": [basic(), extension("1.2.3.4", b"\x05\x00")],
             "unknown-critical": [basic(), extension("1.2.3.4", b"\x05\x00", True)], "critical-key-id": [basic(), extension("2.5.29.14", octets(b"a"), True)],
             "critical-authority": [basic(), extension("2.5.29.35", seq(), True)], "critical-issuer-alt": [basic(), extension("2.5.29.18", seq(general("dns", "a.b")), True)],
             "critical-policies": [basic(), extension("2.5.29.32", seq(seq(oid("2.5.29.32.0"))), True)], "critical-inhibit": [basic(), extension("2.5.29.54", integer(0), True)],
             "critical-policy-limits": [basic(), extension("2.5.29.36", seq(tlv(0x80, b"\x00")), True)], "critical-points": [basic(), extension("2.5.29.31", seq(seq(tlv(0xA0, tlv(0xA0, general("uri", "http://a.b"))))), True)],
             "critical-no-check": [basic(), extension("1.3.6.1.5.5.7.48.1.5", NULL, True)], "critical-info": [basic(), extension("1.3.6.1.5.5.7.1.1", seq(seq(oid("1.3.6.1.5.5.7.48.1"), general("uri", "http://a.b"))), True)],
             "critical-freshest": [basic(), extension("2.5.29.46", seq(seq(tlv(0xA0, tlv(0xA0, general("uri", "http://a.b"))))), True)], "critical-private": [basic(), extension("2.5.29.16", seq(), True)],
             "critical-must-staple": [basic(), extension("1.3.6.1.5.5.7.1.24", seq(integer(5)), True)], "critical-poison": [basic(), extension("1.3.6.1.4.1.11129.2.4.3", NULL, True)],
             "false-flag": [seq(oid("2.5.29.19"), boolean(False), octets(seq(boolean(True))))], "proxy": [extension("1.3.6.1.5.5.7.1.14", seq(seq(oid("1.3.6.1.5.5.7.21.1"))), True)]}
    for label, extensions in kinds.items():
        m = make(f"auth {label}", r, extensions)
        case(f"auth-{label}", [end(f"a {label}", m), m], [r]); case(f"auth-leaf-{label}", [m], [r])
    for version, label in [(1, "v1"), (2, "v2")]:
        m = make(f"auth {label}", r, version=version); top = make(f"auth root {label}", version=version)
        case(f"auth-{label}-mid", [end(f"a {label}", m), m], [r]); case(f"auth-{label}-root", [end(f"a2 {label}", top)], [top]); case(f"auth-{label}-leaf", [m], [r])
    for label, extensions in [("not-ca", [basic(False)]), ("usage-wrong", [usage(SIGN)]), ("nothing", []), ("unknown-critical", [basic(), extension("1.2.3.4", b"\x05\x00", True)])]:
        top = make(f"auth top {label}", None, extensions); case(f"auth-root-{label}", [end(f"a3 {label}", top)], [top])

def lengths():
    for root_most in (None, 0, 1):
        r = ca(f"len {root_most}", None, root_most)
        for mid_most in (None, 0, 1):
            m = ca(f"len {root_most} {mid_most}", r, mid_most); m2 = ca(f"len2 {root_most} {mid_most}", m); m3 = ca(f"len3 {root_most} {mid_most}", m2)
            case(f"length-{root_most}-{mid_most}-1", [end("len.example", m), m], [r]); case(f"length-{root_most}-{mid_most}-2", [end("len.example", m2), m2, m], [r])
            case(f"length-{root_most}-{mid_most}-3", [end("len.example", m3), m3, m2, m], [r])
    r = ca("len self", None, 1); m = ca("len self mid", r, 0); again = make(name("len self mid"), m, [basic(True, 0), usage(CERTIFY)], key=make_key("p256"))
    case("length-self-issued", [end("lself.example", again), again, m], [r]); case("length-huge", *[(lambda q: ([end("huge.example", q)], [q]))(make("len huge", None, [basic(True, 2**70)]))][0])
    case("length-ca-leaf", [ca("leaf ca", m), m], [r])

def names_limits():
    r = ca("limit root"); count = 0
    def try_(label, constraint, subject, *alts):
        nonlocal count
        count += 1
        m = ca(f"limit {count}", r, extra=[constraint]); subject = name(*subject) if isinstance(subject, tuple) else name(subject)
        case(f"limit-{label}", [end(subject, m, *([alt(*alts)] if alts else [])), m], [r])
    dns = [("dns", "example.com")]
    for label, n in [("same", "example.com"), ("below", "a.example.com"), ("other", "example.org"), ("end", "badexample.com"), ("case", "A.EXAMPLE.com"), ("short", "com")]:
        try_(f"dns-{label}", limits(dns), "x y", ("dns", n)); try_(f"dns-not-{label}", limits((), dns), "x y", ("dns", n)); try_(f"dns-dot-{label}", limits([("dns", ".example.com")]), "x y", ("dns", n))
    try_("dns-empty", limits([("dns", "")]), "x y", ("dns", "any.where")); try_("dns-not-empty", limits((), [("dns", "")]), "x y", ("dns", "any.where"))
    try_("dns-two", limits(dns), "x y", ("dns", "a.example.com"), ("dns", "b.org")); try_("dns-two-permitted", limits(dns + [("dns", "b.org")]), "x y", ("dns", "a.example.com"), ("dns", "b.org"))
    for label, cn in [("host", "a.example.com"), ("other", "www.example.org"), ("word", "example"), ("blank", "a b.org"), ("star", "*.example.org"), ("hyphen", "-a.example.org"), ("under", "a_b.example.org"),
                      ("dots", "a..org"), ("end-dot", "example.org."), ("dash-dot", "a-.org"), ("empty", "")]:
        try_(f"cn-{label}", limits(dns), cn); try_(f"cn-san-{label}", limits(dns), cn, ("dns", "example.com")); try_(f"cn-mail-san-{label}", limits(dns), cn, ("mail", "a@b.c"))
    for base in ("a@example.com", "example.com", ".example.com", "@example.com"):
        for mail in ("a@example.com", "A@Example.com", "b@example.com", "a@x.example.com", "example.com"):
            try_(f"mail-{base}-{mail}", limits([("mail", base)]), "x y", ("mail", mail))
    try_("mail-not", limits((), [("mail", "example.com")]), "x y", ("mail", "q@example.com"))
    try_("mail-subject", limits([("mail", "example.com")]), ((CN, "x y"), (MAIL, "a@example.com", "ia5"))); try_("mail-subject-other", limits([("mail", "example.com")]), ((CN, "x y"), (MAIL, "a@example.org", "ia5")))
    try_("mail-subject-utf8", limits([("mail", "example.com")]), ((CN, "x y"), (MAIL, "a@example.com"))); try_("mail-subject-utf8-dns", limits(dns), ((CN, "x y"), (MAIL, "a@example.com")))
    for base in ("example.com", ".example.com"):
        for uri in ("http://example.com/a", "http://a.example.com:80/", "ftp://x@example.com", "http://example.com", "urn:a", "http:///a", "HTTP://EXAMPLE.COM:1"):
            try_(f"uri-{base}-{uri}", limits([("uri", base)]), "x y", ("uri", uri))
    four, six = bytes([10, 0, 0, 0, 255, 0, 0, 0]), bytes([0x20, 1]) + bytes(14) + bytes([255, 255]) + bytes(14)
    for label, base, address in [("in", four, bytes([10, 1, 2, 3])), ("out", four, bytes([11, 1, 2, 3])), ("six-in", six, bytes([0x20, 1]) + bytes(14)), ("six-out", six, bytes(16)), ("mixed", four, bytes(16)),
                                 ("bad-host", four, bytes(5)), ("bad-base", bytes(7), bytes(4)), ("all", bytes(8), bytes([1, 2, 3, 4]))]:
        try_(f"ip-{label}", limits([("ip", base)]), "x y", ("ip", address)); try_(f"ip-not-{label}", limits((), [("ip", base)]), "x y", ("ip", address))
    org = "2.5.4.10"
    for label, subject in [("same", ((org, "Org"),)), ("below", ((org, "Org"), (CN, "c d"))), ("case", ((org, "ORG", "print"), (CN, "c d"))), ("other", ((org, "Or"),)), ("order", ((CN, "c d"), (org, "Org"))), ("more", ((org, "Org x"),))]:
        try_(f"dir-{label}", limits([("dir", name((org, "Org")))]), subject); try_(f"dir-not-{label}", limits((), [("dir", name((org, "Org")))]), subject)
    try_("dir-alt", limits([("dir", name((org, "Org")))]), ((org, "Org"),), ("dir", name((org, "Else")))); try_("min", limits(dns, extra=tlv(0x80, b"\x01")), "x y", ("dns", "example.com"))
    try_("min-zero", limits(dns, extra=tlv(0x80, b"\x00")), "x y", ("dns", "example.com")); try_("max", limits(dns, extra=tlv(0x81, b"\x01")), "x y", ("dns", "example.com")); try_("max-unused", limits(dns, extra=tlv(0x81, b"\x01")), "x y")
    try_("rid", limits([("rid", b"\x2a\x03")]), "x y", ("rid", b"\x2a\x03")); try_("rid-unused", limits([("rid", b"\x2a\x03")]), "x y", ("dns", "a.b")); try_("none", limits(), "x y", ("dns", "a.b"))
    # Limits of one authority hold for those below it, but for ones that issue to themselves.
    m = ca("limit top", r, extra=[limits([("dir", name((org, "Org")))])]); low = ca(name((org, "Else")), m); good = ca(name((org, "Org"), "low"), m)
    case("limit-mid-other", [end(name((org, "Org"), "c d"), low), low, m], [r]); case("limit-mid-good", [end(name((org, "Org"), "c d"), good), good, m], [r])
    again = make(name("limit top"), m, [basic(), usage(CERTIFY)], key=make_key("p256")); case("limit-mid-self-issued", [end(name((org, "Org"), "c d"), again), again, m], [r])
    top = ca("limit in root", None, extra=[limits(dns)]); case("limit-root", [end("x y", top, alt(("dns", "a.org")))], [top])

def identifiers():
    r = ca("id root", extra=[key_id(b"root")]); m = ca("id mid", r, extra=[key_id(b"mid"), authority(b"root")], serial=77)
    for label, extra in [("right", [authority(b"mid")]), ("wrong", [authority(b"dim")]), ("serial", [authority(None, name("id root"), 77)]), ("wrong-serial", [authority(None, name("id root"), 78)]), ("wrong-name", [authority(None, name("id mid"), 77)]),
                         ("serial-alone", [authority(None, None, 77)]), ("wrong-serial-alone", [authority(None, None, 78)]), ("empty", [authority()]), ("all", [authority(b"mid", name("id root"), 77)]), ("case", [authority(None, name("ID  Root"), 77)])]:
        case(f"id-{label}", [end(f"i {label}", m, *extra), m], [r])

def signatures():
    for kind in ("rsa512", "rsa768", "rsa1024", "rsa2048", "rsa2048e3", "p256", "p384", "p521", "ed25519"):
        for hash_ in (("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256") if kind == "rsa1024" else ("sha256",) if kind[0] == "r" else EC_BY if kind[0] == "p" else ("sha512",)):
            top = ca(f"sig {kind} root", kind=kind, hash_=hash_); l = end(f"s {kind}", top, hash_=hash_)
            case(f"sign-{kind}-{hash_}", [l], [top])
            if hash_ in ("sha256", "sha512"): case(f"sign-{kind}-{hash_}-spoilt", [end(f"s {kind}", top, hash_=hash_, spoil=True)], [top])
    top = ca("sig pss", kind="rsa1024")
    for by in ("pss:sha256:sha256:32", "pss:sha1:sha1:20", "pss:sha384:sha384:48", "pss:sha224:sha224:28", "pss:sha256:sha256:0", "pss:sha256:sha256:20", "pss:sha256:sha1:32", "pss:sha512:sha512:62"):
        case(f"{'unchecked-' if 'sha256:sha1' in by else ''}sign-{by}", [end("s pss", top, hash_=by)], [top])
    case("sign-pss-spoilt", [end("s pss", top, hash_="pss:sha256:sha256:32", spoil=True)], [top])
    default = seq(oid(RSA + "10"), seq()); case("sign-pss-default", [end("s pss", top, hash_="pss:sha1:sha1:20", inner=default, outer=default)], [top])
    case("sign-pss-no-parameters", [end("s pss", top, hash_="pss:sha1:sha1:20", inner=seq(oid(RSA + "10")), outer=seq(oid(RSA + "10")))], [top])
    wrong = pss_algorithm("sha256", "sha256", 20); case("sign-pss-wrong-salt", [end("s pss", top, hash_="pss:sha256:sha256:32", inner=wrong, outer=wrong)], [top])
    key = make_key("rsa1024"); public = seq(seq(oid(RSA + "10")), *[spki(key)[spki(key).index(b"\x03\x81"):]])
    only = make("sig pss only", None, [basic()], key=key, public=public, hash_="pss:sha256:sha256:32")
    case("sign-pss-key", [end("s pss", only, hash_="pss:sha256:sha256:32")], [only]); case("sign-pss-key-pkcs1", [end("s pss", only)], [only]); case("sign-pss-key-self", [only], [top])
    for kind in ("p224", "k256", "brainpool", "ed448", "dsa"):
        if kind == "brainpool" or kind: other = ca(f"sig {kind} root", kind=kind, hash_="sha256"); case(f"unchecked-sign-{kind}", [end(f"s {kind}", other)], [other])
    r, m, l = standard("spoil")
    ms, ls = ca("spoil mid", r, key=m.key, spoil=True), end("spoil.example", m, spoil=True)
    old = end("spoil.example", m, spoil=True, start=NOW - 9 * DAY, end=NOW - DAY)
    for label, sent, trusted in [("mid", [l, ms], [r]), ("leaf", [ls, m], [r]), ("both", [ls, ms], [r]), ("leaf-old", [old, m], [r]), ("mid-leaf-old", [end("spoil.example", m, start=NOW - 9 * DAY, end=NOW - DAY), ms], [r]),
                                 ("root", [l, m], [ca("spoil root", key=r.key, spoil=True)])]: case(f"spoilt-{label}", sent, trusted)
    rsa_alg = seq(oid(RSA + "11"), NULL); no_null = seq(oid(RSA + "11")); ec_alg = seq(oid("1.2.840.10045.4.3.2")); ec_sha1 = seq(oid("1.2.840.10045.4.1")); unknown = seq(oid("1.2.3.4"))
    for label, more in [("inner-other", dict(inner=ec_sha1)), ("outer-other", dict(outer=ec_sha1)), ("both-other-hash", dict(inner=ec_sha1, outer=ec_sha1)), ("rsa-by-ec", dict(inner=rsa_alg, outer=rsa_alg)), ("unknown", dict(inner=unknown, outer=unknown)),
                        ("unknown-outer", dict(outer=unknown)), ("unknown-inner", dict(inner=unknown)), ("empty", dict(raw=b"")), ("zeros", dict(raw=seq(integer(0), integer(0)))), ("null-parameters", dict(inner=seq(oid("1.2.840.10045.4.3.2"), NULL), outer=seq(oid("1.2.840.10045.4.3.2"), NULL))),
                        ("ed25519-by-ec", dict(inner=seq(oid("1.3.101.112")), outer=seq(oid("1.3.101.112"))))]: case(f"algorithm-{label}", [end(f"g {label}", m, **more), m], [r])
    rt = ca("algo rsa", kind="rsa1024")
    for label, more in [("no-null", dict(inner=no_null, outer=no_null)), ("ec-by-rsa", dict(inner=ec_alg, outer=ec_alg)), ("oiw-sha1", dict(hash_="sha1", inner=seq(oid("1.3.14.3.2.29")), outer=seq(oid("1.3.14.3.2.29")))), ("md2", dict(inner=seq(oid(RSA + "2"), NULL), outer=seq(oid(RSA + "2"), NULL))),
                        ("md4", dict(inner=seq(oid(RSA + "3"), NULL), outer=seq(oid(RSA + "3"), NULL))), ("short", dict(raw=b"\x01" * 127)), ("long", dict(raw=b"\x00" + b"\x01" * 128)), ("rsa-plain", dict(inner=seq(oid(RSA + "1"), NULL), outer=seq(oid(RSA + "1"), NULL)))]:
        case(f"algorithm-rsa-{label}", [end(f"g2 {label}", rt, **more)], [rt])
    # Keys that are none.
    point = spki(make_key("p256")); off = point[:-1] + bytes([point[-1] ^ 1]); unknown_key = seq(seq(oid("1.2.3.4")), bits(b"abc")); x = spki(make_key("x25519"))
    for label, public in [("off-curve", off), ("unknown", unknown_key), ("x25519", x), ("cut", point[:-1] if False else seq(seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bits(b"\x04abc"))), ("even-rsa", seq(seq(oid(RSA + "1"), NULL), bits(seq(integer(2**1023), integer(3))))),
                          ("rsa-garbage", seq(seq(oid(RSA + "1"), NULL), bits(b"garbage"))), ("rsa-exponent-1", seq(seq(oid(RSA + "1"), NULL), bits(seq(integer(2**1023 + 1), integer(1)))))]:
        case(f"key-leaf-{label}", [end(f"k {label}", m, public=public), m], [r]); bad = ca(f"k mid {label}", r, public=public, key=make_key("p256")); case(f"key-mid-{label}", [end(f"k2 {label}", bad), bad], [r])
        rsa_signed = end(f"k3 {label}", None, key=make_key("p256"), signer=rt.key, issuer=bad.subject); case(f"key-mid-rsa-{label}", [rsa_signed, bad], [r])
        case(f"key-self-{label}", [make(f"k4 {label}", public=public)], [r])
    explicit = subprocess.run("openssl ecparam -name prime256v1 -genkey -param_enc explicit -noout", shell=True, capture_output=True, check=True).stdout
    key = serialization.load_pem_private_key(subprocess.run("openssl ec -param_enc named_curve", shell=True, input=explicit, capture_output=True, check=True).stdout, None)
    public = subprocess.run("openssl ec -pubout -outform DER", shell=True, input=explicit, capture_output=True, check=True).stdout
    case("explicit-leaf", [end("explicit.example", m, key=key, public=public), m], [r]); em = ca("explicit mid", r, key=key, public=public)
    case("explicit-mid", [end("explicit2.example", em), em], [r]); case("explicit-self", [make("explicit self", key=key, public=public)], [r]); es = make("explicit self t", None, [basic()], key=key, public=public); case("explicit-self-trusted", [es], [es])

def texts():
    r = ca("text root")
    m = ca(name("Text  Mid"), r)
    for label, issuer in [("same", m.subject), ("case", name("TEXT  MID")), ("blanks", name(" Text Mid  ")), ("print", name((CN, "text mid", "print"))), ("t61", name((CN, "Text Mid", "t61"))), ("bmp", name((CN, "Text Mid", "bmp"))), ("univ", name((CN, "Text Mid", "univ"))), ("ia5", name((CN, "Text\tMid", "ia5"))),
                          ("other", name("TextMid")), ("more", name("Text Mid", "x")), ("attribute", name(("2.5.4.10", "Text Mid")))]:
        case(f"text-{label}", [end(f"x {label}", m, issuer=issuer), m], [r])
    u = ca(name("Größe"), r)
    for label, issuer in [("t61", name((CN, "Größe", "t61"))), ("bmp", name((CN, "größe", "bmp"))), ("case", name("GRÖSSE")), ("umlaut", name("GRÖßE"))]: case(f"text-umlaut-{label}", [end(f"y {label}", u, issuer=issuer), u], [r])
    empty = ca(name(), r, key=make_key("p256")); case("text-empty", [end("e.example", empty), empty], [r])
    two = lambda order: seq(tlv(0x31, *[seq(oid(o), tlv(12, v)) for o, v in order])); pair = [("2.5.4.3", b"a"), ("2.5.4.10", b"b")]
    both = ca(two(pair), r, key=make_key("p256")); case("text-set", [end("set.example", both), both], [r]); case("text-set-order", [end("set2.example", both, issuer=two(pair[::-1])), both], [r])

def verdict(sent, trusted, now, place):
    def write(file, certs):
        with open(os.path.join(place, file), "w") as out:
            for c in certs: out.write(pem(c))
        return os.path.join(place, file)
    leaf, roots = write("leaf", sent[:1]), write("roots", trusted)
    more = ["-untrusted", write("sent", sent[1:])] if sent[1:] else []
    ran = subprocess.run(["openssl", "verify", "-attime", str(now), "-no-CApath", "-no-CAstore", "-CAfile", roots, *more, leaf], capture_output=True, text=True)
    if ran.returncode == 0: return 0
    found = re.search(r"^error (\d+) at", ran.stdout + ran.stderr, re.M)
    return int(found[1]) if found else None

def pem(cert):
    text = base64.b64encode(cert.der).decode()
    return "-----BEGIN CERTIFICATE-----\n" + "\n".join(text[at:at + 64] for at in range(0, len(text), 64)) + "\n-----END CERTIFICATE-----\n"

def main():
    for group in (times, shapes, selves, crosses, authorities, lengths, names_limits, identifiers, signatures, texts): group()
    numbers, all_certs, lines = {}, [], []
    def number(cert):
        if cert.der not in numbers:
            numbers[cert.der] = len(all_certs); all_certs.append(cert)
        return str(numbers[cert.der])
    with tempfile.TemporaryDirectory() as place:
        for label, sent, trusted, now in CASES:
            found = verdict(sent, trusted, now, place)
            if found is None:
                print("not read by openssl:", label, file=sys.stderr); continue
            lines.append("\t".join([label.replace("\t", " "), str(now), ",".join(map(number, trusted)), ",".join(map(number, sent)), str(found)]))
    with open(os.path.join(HERE, "certificates.pem"), "w") as out: out.writelines(map(pem, all_certs))
    with open(os.path.join(HERE, "chains.tsv"), "w") as out: out.write("\n".join(lines) + "\n")
    print(len(lines), "chains of", len(all_certs), "certificates")

main()
