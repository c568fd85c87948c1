//! A directory that is held by its descriptor: files in it are made new, and no link in it is followed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use gannet::Timestamp;
use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, fstatat, mkdirat};
use nix::sys::statvfs::fstatvfs;
use nix::unistd::{LinkatFlags, UnlinkatFlags, linkat, symlinkat, unlinkat};

use super::holder;

/// Rights of a new file, of which the process's mask takes some away.
const MODE: u32 = 0o666;
/// Rights of a new directory, of which the process's mask takes some away.
const DIR_MODE: u32 = 0o777;
/// A file that is longer has rows.
const MOST_HEADER: u64 = 16 * 1024;

/// A directory that is held by its descriptor.
///
/// Who may write to the directory may put links, pipes and other things there under the names of files to come, or put another
/// directory in its place. So names are looked up in the directory that was opened, files are made by this process or
/// not at all, and nothing that is there is written to.
#[derive(Debug)]
pub struct Place(File);

impl Place {
    /// Opens a directory. Links on the way to it are followed.
    ///
    /// # Errors
    /// If it cannot be opened, or is no directory.
    pub fn open(dir: &Path) -> io::Result<Self> {
        // A pipe in its place must not be waited for.
        let flags = (OFlag::O_DIRECTORY | OFlag::O_NONBLOCK).bits();
        File::options().read(true).custom_flags(flags).open(dir).map(Self)
    }

    /// Keeps other processes that do the same out of the directory, as long as this value lives.
    ///
    /// # Errors
    /// [`ErrorKind::ResourceBusy`] if another one holds it, which is named as far as the system tells.
    pub fn lock(&self) -> io::Result<()> {
        match self.0.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => {
                let holder = self.0.metadata().ok().and_then(|meta| holder::of(meta.ino()));
                let text = holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
                Err(io::Error::new(ErrorKind::ResourceBusy, format!("{text} writes its logs there")))
            }
            // Some network file systems know no locks.
            Err(std::fs::TryLockError::Error(_)) | Ok(()) => Ok(()),
        }
    }

    /// Makes a file that is written at its end, wherever that is: who cuts it to make room leaves no hole.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if there is anything of the name, even a link to nowhere.
    pub fn create_new(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_WRONLY | OFlag::O_APPEND;
        let mode = Mode::from_bits_truncate(MODE as nix::libc::mode_t);
        Ok(self.open_at(name.as_ref(), flags, mode)?.into())
    }

    /// The same in the place of what is there of the name; only a directory stays.
    ///
    /// # Errors
    /// If what is there cannot be removed, or the file not made.
    pub fn create(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let name = name.as_ref();
        self.remove(name)?;
        self.create_new(name)
    }

    /// Opens a file that this process has made, to write on at its end.
    ///
    /// # Errors
    /// If it is not there any more, or is a link.
    pub fn append(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_WRONLY | OFlag::O_APPEND;
        Ok(self.open_at(name.as_ref(), flags, Mode::empty())?.into())
    }

    fn open_at(&self, name: &OsStr, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
        openat(&self.0, name, flags | OFlag::O_CLOEXEC, mode)
    }

    /// Removes a name, whatever has it but a directory; it need not be there.
    ///
    /// # Errors
    /// If it stays.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        match unlinkat(&self.0, name.as_ref(), UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a file another name, in the place of what has that name.
    ///
    /// # Errors
    /// If it cannot be.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    fn stat(&self, name: &str) -> Result<FileStat, Errno> {
        fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)
    }

    /// Gives a file a name in another directory, in the place of what has that name there.
    ///
    /// # Errors
    /// If it cannot be, such as when the other one is of another file system.
    pub(crate) fn rename_into(&self, from: &str, other: &Self, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &other.0, to)?)
    }

    /// Gives a file another name, which must be free.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if it is not; anything else that the system has against it.
    pub(crate) fn rename_to_free(&self, from: &str, to: &str) -> io::Result<()> {
        match linkat(&self.0, from, &self.0, to, LinkatFlags::empty()) {
            Ok(()) => self.remove(from),
            // Some file systems know no second name for a file.
            Err(Errno::EPERM | Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EMLINK) if !self.has(to) => {
                self.rename(from, to)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a link of this name, in the place of one that is there; what is no link stays.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if there is something else of the name.
    pub(crate) fn link(&self, name: &str, to: &Path) -> io::Result<()> {
        let is_link = |stat: FileStat| stat.st_mode & nix::libc::S_IFMT == nix::libc::S_IFLNK;
        if self.stat(name).is_ok_and(|stat| !is_link(stat)) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let aside = format!(".{name}.partial");
        self.remove(&aside)?;
        symlinkat(to, &self.0, aside.as_str())?;
        self.rename(&aside, name)
    }

    /// A directory in this one, made if there is none.
    ///
    /// # Errors
    /// If it cannot be made or opened; a link is not followed.
    pub(crate) fn folder(&self, name: &str) -> io::Result<Self> {
        match mkdirat(&self.0, name, Mode::from_bits_truncate(DIR_MODE as nix::libc::mode_t)) {
            Ok(()) | Err(Errno::EEXIST) => self.enter(name),
            Err(error) => Err(error.into()),
        }
    }

    /// A directory in this one.
    ///
    /// # Errors
    /// If there is none; a link is not followed.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        Ok(Self(self.open_at(name.as_ref(), flags, Mode::empty())?.into()))
    }

    /// The same directory by another descriptor.
    ///
    /// # Errors
    /// If the system has no more of them.
    pub(crate) fn again(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Removes a directory in this one, if it is empty.
    ///
    /// # Errors
    /// If it stays.
    pub(crate) fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Opens a plain file to read it, and to write in it if it is to be `mended`.
    ///
    /// # Errors
    /// If there is no plain file of the name; links are not followed.
    pub(crate) fn plain(&self, name: &str, mended: bool) -> io::Result<File> {
        let access = if mended { OFlag::O_RDWR } else { OFlag::O_RDONLY };
        let flags = access | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let file = File::from(self.open_at(name.as_ref(), flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("expected a plain file")) }
    }

    /// Has the names in this directory on the disk, as far as its file system can.
    pub(crate) fn settle(&self) {
        // Where directories cannot be told to, the names come to the disk in their time.
        let _unknown = self.0.sync_all();
    }

    /// Bytes that are free on the file system, for whoever is not root.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ by system")]
    pub(crate) fn free(&self) -> io::Result<u64> {
        let stat = fstatvfs(&self.0)?;
        Ok((stat.blocks_available() as u64).saturating_mul(stat.fragment_size() as u64))
    }

    /// A number that no other directory of this host has, made of that of its file system and its own there.
    pub(crate) fn number(&self) -> io::Result<u64> {
        let meta = self.0.metadata()?;
        Ok(meta.dev().rotate_left(40) ^ meta.ino())
    }

    /// Whether the file of this name is the one that is open here.
    pub(crate) fn is(&self, name: &str, file: &File) -> bool {
        let Ok(open) = file.metadata() else { return false };
        self.stat(name).is_ok_and(|stat| open.ino() == stat.st_ino && open.dev() == stat.st_dev)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.stat(name).is_ok()
    }

    /// When what has this name was last changed, to the second; none if there is nothing.
    #[allow(clippy::unnecessary_cast, reason = "the field has 32 bits on some systems")]
    pub(super) fn changed(&self, name: &str) -> io::Result<Option<Timestamp>> {
        match self.stat(name) {
            Ok(stat) => Ok(Some(Timestamp::from_parts((stat.st_mtime as i64).max(0), 0))),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether it is a log without a row: empty, or with no more than a header.
    pub(super) fn is_without_rows(&self, name: &str) -> bool {
        // Nothing that is no plain file is waited for.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let Ok(file) = self.open_at(name.as_ref(), flags, Mode::empty()).map(File::from) else {
            return false;
        };
        let mut text = Vec::new();
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= MOST_HEADER)
            && file.take(MOST_HEADER).read_to_end(&mut text).is_ok()
            && text.split(|byte| *byte == b'\n').all(|line| line.is_empty() || line.starts_with(b"#"))
    }

    /// Names of the plain files; names that are no text are none of ours.
    pub(crate) fn files(&self) -> io::Result<Vec<String>> {
        self.names(Type::File, nix::libc::S_IFREG)
    }

    /// Names of the directories in this one; links to some are none.
    pub(crate) fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = self.names(Type::Directory, nix::libc::S_IFDIR)?;
        names.retain(|name| name != "." && name != "..");
        Ok(names)
    }

    fn names(&self, wanted: Type, mode: nix::libc::mode_t) -> io::Result<Vec<String>> {
        let mut dir = Dir::openat(&self.0, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut names = Vec::new();
        for entry in dir.iter() {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            let fits = match entry.file_type() {
                Some(kind) => kind == wanted,
                // The file system does not tell with the name.
                None => self.stat(name).is_ok_and(|stat| stat.st_mode & nix::libc::S_IFMT == mode),
            };
            if fits {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}
