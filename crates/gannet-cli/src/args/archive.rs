//! Options of the archive of logs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gannet::Interval;
#[cfg(feature = "parquet")]
use gannet_logs::ParquetArchive;
use gannet_logs::{Archive, Archiving, Compression, Rotation};

use crate::values;

/// When logs are closed, where they go, and how long they are kept. The long help has them: there is no end to the short one.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Archive of logs")]
pub(crate) struct ArchiveArgs {
    /// Close logs at each full interval and archive them, such as 1h
    ///
    /// Intervals are counted from midnight (UTC), and a log never has two days. The archive is the directory of --archive, with
    /// names such as 2026-11-20/conn.14:00:00-15:00:00.log.gz. What a run that was killed left is archived by the next one. With
    /// captures, the time is that of the captures.
    #[arg(long, value_name = "TIME", value_parser = values::rotation, hide_short_help = true)]
    pub(crate) rotate: Option<Interval>,

    /// Close a log at so many bytes, and archive it
    #[arg(long, value_name = "SIZE", value_parser = values::size, hide_short_help = true)]
    pub(crate) rotate_size: Option<usize>,

    /// Directory of the archive [default: that of the logs]
    ///
    /// It has a folder for each day, and a link current to the directory of the logs. Without --rotate logs are closed when the
    /// run ends, and at SIGUSR2.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub(crate) archive: Option<PathBuf>,

    /// Compress archived logs: gzip, zstd or none [default: gzip]
    #[arg(long, value_name = "HOW", value_parser = values::compression, hide_short_help = true)]
    pub(crate) compress: Option<Compression>,

    /// Also write archived logs as Parquet to this directory
    ///
    /// A file is in folders that other programs know, as log=conn/date=2026-11-20/hour=14/sensor=NAME. The archive has to be there,
    /// too.
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub(crate) parquet: Option<PathBuf>,

    /// Name of the sensor in the folders of Parquet [default: the host's name]
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(crate) sensor: Option<String>,

    /// Remove logs from the archive at this age, such as 30d
    #[arg(long, value_name = "AGE", value_parser = values::age, hide_short_help = true)]
    pub(crate) keep: Option<Interval>,

    /// Remove the oldest logs when the archive is larger than this
    #[arg(long, value_name = "SIZE", value_parser = values::size, hide_short_help = true)]
    pub(crate) keep_size: Option<usize>,

    /// Remove the oldest logs when less than this is free on the disk of the archive
    #[arg(long, value_name = "SIZE", value_parser = values::size, hide_short_help = true)]
    pub(crate) keep_free: Option<usize>,
}

impl ArchiveArgs {
    /// What the logs have to know, if they are archived at all; `out` is where they are written.
    pub(crate) fn archiving(&self, out: &Path) -> Option<Archiving> {
        if !self.is_wanted() {
            return None;
        }
        let mut rotation = Rotation::default();
        rotation.every = self.rotate;
        rotation.bytes = self.rotate_size.map(|size| size as u64);
        let mut archive = Archive::new(self.archive.as_deref().unwrap_or(out));
        archive.compression = self.compress.unwrap_or_default();
        #[cfg(feature = "parquet")]
        {
            let parquet =
                |to| ParquetArchive::new(to, &self.sensor.clone().unwrap_or_else(values::host_name));
            archive.parquet = self.parquet.as_ref().map(parquet);
        }
        let age = self.keep.and_then(|age| u64::try_from(age.nanos()).ok());
        archive.expiry.age = age.map(Duration::from_nanos);
        archive.expiry.bytes = self.keep_size.map(|size| size as u64);
        archive.expiry.free = self.keep_free.map(|size| size as u64);
        Some(Archiving::new(rotation, archive))
    }

    fn is_wanted(&self) -> bool {
        self.rotate.is_some() || self.rotate_size.is_some() || self.archive.is_some()
    }

    /// Whether the options go together.
    ///
    /// # Errors
    /// What does not, and what was expected.
    pub(super) fn check(&self, stream: bool) -> Result<(), String> {
        if self.is_wanted() && stream {
            return Err("rows on standard output cannot be archived: name a directory behind -o, or leave \
                        --rotate, --rotate-size and --archive out"
                .to_owned());
        }
        #[cfg(feature = "parquet")]
        if self.parquet.is_some() && !self.is_wanted() {
            return Err("Parquet is written of archived logs: expected --rotate, --rotate-size or --archive with --parquet"
                .to_owned());
        }
        let keeps = self.keep.is_some() || self.keep_size.is_some() || self.keep_free.is_some();
        if keeps && !self.is_wanted() {
            return Err("there is no archive to remove logs from: expected --rotate, --rotate-size or --archive with \
                        --keep, --keep-size and --keep-free"
                .to_owned());
        }
        Ok(())
    }
}
