//! Names of extracted files: nothing in them comes from a packet but the id, which is made here.

use gannet::events::{FileMeta, Fuid};

/// Endings, by type.
const ENDINGS: &[(&str, &str)] = &[
    ("application/gzip", "gz"),
    ("application/java-archive", "jar"),
    ("application/javascript", "js"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/ocsp-request", "ocsp"),
    ("application/ocsp-response", "ocsp"),
    ("application/pdf", "pdf"),
    ("application/pgp-signature", "asc"),
    ("application/pkix-cert", "der"),
    ("application/postscript", "ps"),
    ("application/vnd.debian.binary-package", "deb"),
    ("application/vnd.ms-cab-compressed", "cab"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/x-7z-compressed", "7z"),
    ("application/x-bzip2", "bz2"),
    ("application/x-dosexec", "exe"),
    ("application/x-executable", "elf"),
    ("application/x-gzip", "gz"),
    ("application/x-java-applet", "class"),
    ("application/x-rar", "rar"),
    ("application/x-rpm", "rpm"),
    ("application/x-sharedlib", "so"),
    ("application/x-shockwave-flash", "swf"),
    ("application/x-tar", "tar"),
    ("application/x-x509-ca-cert", "der"),
    ("application/x-x509-user-cert", "der"),
    ("application/x-xz", "xz"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("audio/mpeg", "mp3"),
    ("audio/x-wav", "wav"),
    ("font/woff", "woff"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("image/webp", "webp"),
    ("image/x-icon", "ico"),
    ("text/html", "html"),
    ("text/json", "json"),
    ("text/plain", "txt"),
    ("text/rtf", "rtf"),
    ("text/x-perl", "pl"),
    ("text/x-python", "py"),
    ("text/x-shellscript", "sh"),
    ("text/xml", "xml"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpg"),
    ("video/x-flv", "flv"),
    ("video/x-msvideo", "avi"),
];

/// Ending of a file of another type, or of one whose type is not known.
const OTHER: &str = "bin";

fn ending(mime: Option<&str>) -> &'static str {
    let found = mime.and_then(|mime| ENDINGS.binary_search_by_key(&mime, |(known, _)| *known).ok());
    found.and_then(|at| ENDINGS.get(at)).map_or(OTHER, |(_, ending)| *ending)
}

/// Which file: those of one id that several address pairs have are told apart, whoever works on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Which {
    pub(super) fuid: Fuid,
    pub(super) shard: Option<u16>,
}

impl Which {
    pub(super) fn of(file: &FileMeta<'_>) -> Self {
        Self { fuid: file.fuid, shard: file.shard }
    }
}

/// The name of a file; `again` counts files of the same id before it.
pub(super) fn of(source: &str, Which { fuid, shard }: Which, mime: Option<&str>, again: u32) -> String {
    let shard = shard.map_or(String::new(), |shard| format!("-s{shard}"));
    let again = if again == 0 { String::new() } else { format!("-{again}") };
    format!("{source}-{fuid}{shard}{again}.{}", ending(mime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_endings() {
        assert!(ENDINGS.is_sorted_by(|(one, _), (next, _)| one < next));
        let fuid = Fuid::default();
        let alone = Which { fuid, shard: None };
        assert_eq!(of("HTTP", alone, Some("application/x-dosexec"), 0), format!("HTTP-{fuid}.exe"));
        assert_eq!(of("SMTP", alone, Some("x/y"), 0), format!("SMTP-{fuid}.bin"));
        assert_eq!(of("FTP_DATA", alone, None, 2), format!("FTP_DATA-{fuid}-2.bin"));
        let shared = Which { fuid, shard: Some(17) };
        assert_eq!(of("SMB", shared, None, 0), format!("SMB-{fuid}-s17.bin"));
        assert_eq!(of("SMB", shared, None, 1), format!("SMB-{fuid}-s17-1.bin"));
    }
}
