//! Lists of indicators: their files, and how they are used.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::BufReader;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet::Interval;
use gannet::capture::shown;
use gannet_policy::intel::{Fault, Lists, Loading, Settings, Store};
use nix::fcntl::OFlag;
use siphasher::sip::SipHasher24;

use crate::human::{bytes, some};
use crate::values;

/// Bytes of a file that are read at once.
const BLOCK: usize = 1 << 20;

/// What is said of lists of indicators.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct IntelArgs {
    /// Hold what is seen against this list of indicators, in Zeek's format: intel.log (may be repeated)
    ///
    /// Lines with tabs between their columns, which a line #fields names: indicator, indicator_type and meta.source, and if you
    /// like meta.do_notice, meta.if_in, meta.whitelist and meta.remove. With -i a file is read again when it has changed. It turns
    /// the policy intel on.
    #[arg(id = "intel", long, value_name = "FILE", hide_short_help = true, help_heading = "Output")]
    pub(crate) files: Vec<PathBuf>,

    /// A domain on a list stands for those below it too
    #[arg(id = "intel-subdomains", long, hide_short_help = true, help_heading = "Output")]
    pub(crate) subdomains: bool,

    /// Time after which items count no more, unless their file has changed and was read again [default: none]
    #[arg(id = "intel-expire", long, value_name = "AGE", value_parser = values::age, hide_short_help = true, help_heading = "Output")]
    pub(crate) expire: Option<Interval>,

    /// The lists of the run; what is read comes into them
    #[arg(skip)]
    lists: Option<Arc<Lists>>,
}

/// What settles whether a file is as it was when it was read.
pub(crate) type Stamps = Vec<Option<u64>>;

/// What came of reading all files.
pub(crate) struct Loaded {
    pub(crate) store: Store,
    pub(crate) faults: Vec<Fault>,
    /// What the files were like.
    pub(crate) stamps: Stamps,
}

impl Loaded {
    /// What there is, in words.
    pub(crate) fn says(&self) -> String {
        let items = some(self.store.len() as u64, "item", "items");
        let files = some(self.stamps.len() as u64, "file", "files");
        format!("intel: {items} of {files}, {} of memory", bytes(self.store.held() as u64))
    }
}

impl IntelArgs {
    /// Whether lists are named.
    pub(crate) fn is_on(&self) -> bool {
        !self.files.is_empty()
    }

    /// The options that name these files.
    #[cfg(test)]
    pub(crate) fn of(files: Vec<PathBuf>) -> Self {
        Self { files, ..Self::default() }
    }

    /// Makes the lists of the run, as long as nothing is read.
    pub(super) fn prepare(&mut self) {
        if self.is_on() {
            let mut settings = Settings::default();
            (settings.subdomains, settings.expire) = (self.subdomains, self.expire);
            self.lists = Some(Lists::new(settings, Store::default()));
        }
    }

    /// The lists of the run.
    pub(crate) fn lists(&self) -> Option<Arc<Lists>> {
        self.lists.clone()
    }

    /// Whether two sets of options say the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (&self.files, self.subdomains, self.expire) == (&other.files, other.subdomains, other.expire)
    }

    /// What the files are like now.
    pub(crate) fn stamps(&self) -> Stamps {
        self.files.iter().map(|path| std::fs::metadata(path).ok().map(|meta| stamp(&meta))).collect()
    }

    /// Reads all files.
    ///
    /// # Errors
    /// A file that cannot be read, in words.
    pub(crate) fn load(&self) -> Result<Loaded, String> {
        let mut loading = Loading::new();
        let mut stamps = Stamps::new();
        for path in &self.files {
            let name = shown(path).to_string();
            let read = open(path).and_then(|(file, stamp)| {
                stamps.push(Some(stamp));
                loading.read(&name, stamp, &mut BufReader::with_capacity(BLOCK, file))
            });
            read.map_err(|error| format!("{name} cannot be read: {error}"))?;
        }
        let (store, faults) = loading.finish();
        Ok(Loaded { store, faults, stamps })
    }
}

/// Opens a plain file; nothing else is read, for that may have no end, or wait for somebody.
fn open(path: &Path) -> std::io::Result<(File, u64)> {
    let file = File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() {
        Ok((file, stamp(&meta)))
    } else {
        Err(std::io::Error::other("expected a plain file"))
    }
}

/// Another number whenever a file has changed.
fn stamp(meta: &std::fs::Metadata) -> u64 {
    let mut hasher = SipHasher24::new();
    (meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()).hash(&mut hasher);
    hasher.finish()
}
