//! Documents of office programs and for printers.

use super::rule::Part::{Any, Is, One, Or, Run};
use super::rule::{DIGIT, LATER, Rule, at, parts, starts};

pub(super) const RULES: &[Rule] = &[
    parts(
        "application/epub+zip",
        110,
        &[Is(b"PK\x03\x04"), Any(22), Is(b"\x08\0\0\0mimetypeapplication/epub+zip")],
    ),
    parts(
        "application/marc",
        50,
        &[Run(DIGIT, 5, 5), One(&[(b'a', b'a'), (b'c', b'd'), (b'n', b'n')]), Is(b"w")],
    ),
    starts("application/mshelp", 100, b"ITSF"),
    starts("application/msword", 50, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    starts("application/pdf", 80, b"%PDF-"),
    starts("application/postscript", 60, b"\x04%!"),
    starts("application/postscript", 50, b"%!"),
    starts("application/vnd.fdf", 80, b"%FDF-"),
    parts("application/vnd.google-earth.kmz", 100, &[Is(b"PK\x03\x04\x14"), Any(25), Is(b"doc.kml")]),
    starts("application/vnd.lotus-wordpro", 120, b"WordPro\r\xfb"),
    starts("application/vnd.lotus-wordpro", 110, b"WordPro\0"),
    parts(
        "application/vnd.ms-outlook",
        49,
        &[Is(b"!BDN"), Any(6), One(&[(0x0e, 0x0f), (0x15, 0x15), (0x17, 0x17)]), One(&[(0, 2)])],
    ),
    starts("application/vnd.ms-tnef", 100, b"x\x9f>\""),
    parts(
        "application/vnd.oasis.opendocument.chart",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.chart"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.chart-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.chart-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.database",
        110,
        &[Is(b"PK\x03\x04"), Any(22), Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.database")],
    ),
    parts(
        "application/vnd.oasis.opendocument.formula",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.formula"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.formula-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.formula-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.graphics",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.graphics"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.graphics-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.graphics-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.image",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.image"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.image-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.image-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.presentation",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.presentation"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.presentation-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.presentation-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.spreadsheet",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.spreadsheet-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.text",
        110,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text"),
            One(&[(0, 0x2c), (0x2e, 0xff)]),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.text-master",
        100,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text-master"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.text-template",
        120,
        &[
            Is(b"PK\x03\x04"),
            Any(22),
            Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text-template"),
        ],
    ),
    parts(
        "application/vnd.oasis.opendocument.text-web",
        70,
        &[Is(b"PK\x03\x04"), Any(22), Is(b"\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text-web")],
    ),
    starts("application/vnd.openxmlformats-officedocument", 50, b"PK\x03\x04\x14\0\x06\0"),
    parts(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        80,
        &[
            Is(b"PK\x03\x04"),
            Any(26),
            Or(&[b"[Content_Types].xml", b"_rels/.rels", b"ppt/"]),
            LATER,
            Is(b"PK\x03\x04"),
            Any(26),
            Is(b"ppt/"),
        ],
    ),
    parts(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        80,
        &[
            Is(b"PK\x03\x04"),
            Any(26),
            Or(&[b"[Content_Types].xml", b"_rels/.rels", b"xl/"]),
            LATER,
            Is(b"PK\x03\x04"),
            Any(26),
            Is(b"xl/"),
        ],
    ),
    parts(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        80,
        &[
            Is(b"PK\x03\x04"),
            Any(26),
            Or(&[b"[Content_Types].xml", b"_rels/.rels", b"word/"]),
            LATER,
            Is(b"PK\x03\x04"),
            Any(26),
            Is(b"word/"),
        ],
    ),
    starts("application/x-dvi", 50, b"\xf7\x02"),
    at("application/x-gnumeric", 160, 39, b"<gmr:Workbook"),
    parts("application/x-ichitaro4", 40, &[Is(b"DOC"), Any(40), Is(b"\x14")]),
    parts("application/x-ichitaro5", 40, &[Is(b"DOC"), Any(40), Is(b"\x15")]),
    parts("application/x-ichitaro6", 40, &[Is(b"DOC"), Any(40), Is(b"\x16")]),
    starts("application/x-mif", 190, b"<MakerScreenFont"),
    starts("application/x-mif", 130, b"<MakerFile"),
    starts("application/x-mif", 120, b"<BookFile"),
    starts("application/x-mif", 110, b"<MIFFile"),
    starts("application/x-mif", 90, b"<Maker"),
    starts("application/x-mif", 70, b"<MML"),
    parts("application/x-ms-reader", 1, &[Is(b"ITOLITLS"), Any(4)]),
    parts("application/x-msaccess", 180, &[Any(4), Is(b"Standard "), Or(&[b"Jet", b"ACE"]), Is(b" DB\0")]),
    at("application/x-quark-xpress-3", 90, 2, b"MMXPR3"),
    at("application/x-sc", 140, 38, b"Spreadsheet"),
];
