//! Which user the program is, what it may do, and which processors its threads run on.

use std::path::Path;

use gannet::capture::shown;
use gannet_logs::LogError;

pub(super) use system::{User, check_cpus, drop_to, find, make_directory, pin};

/// A log directory that a user may not write to is said to be one.
pub(super) fn explain(error: LogError, user: Option<&User>) -> anyhow::Error {
    match user {
        Some(user) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let dir = shown(error.path().parent().unwrap_or(Path::new(".")));
            anyhow::anyhow!("user {} may not write to the log directory {dir}: {error}", user.name)
        }
        _ => error.into(),
    }
}

#[cfg(target_os = "linux")]
mod system {
    //! Linux: capabilities, users, affinity.

    use std::fs::{self, File};
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use anyhow::{Result, anyhow, bail};
    use caps::{CapSet, Capability, CapsHashSet};
    use gannet::capture::shown;
    use nix::fcntl::{self, OFlag};
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::sys::prctl;
    use nix::sys::stat::{self, Mode};
    use nix::unistd::{self, Gid, Pid, Uid};

    pub(in super::super) use nix::unistd::User;

    use crate::values::Cpus;

    /// All that is left: an interface that comes back has to be opened again.
    const KEPT: Capability = Capability::CAP_NET_RAW;

    /// The user of a name.
    ///
    /// # Errors
    /// There is none of the name, or this process may not become it.
    pub(in super::super) fn find(name: Option<&str>) -> Result<Option<User>> {
        let Some(name) = name else { return Ok(None) };
        let user =
            User::from_name(name).map_err(|error| anyhow!("user {name} cannot be looked up: {error}"))?;
        let Some(user) = user else {
            bail!("there is no user {name}: expected a user of this system behind --user")
        };
        if !Uid::effective().is_root() && Uid::effective() != user.uid {
            bail!("only root can become user {name}: run as root, or leave --user out");
        }
        Ok(Some(user))
    }

    /// Makes the log directory if there is none, as the user's own.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(in super::super) fn make_directory(dir: &Path, user: Option<&User>) -> Result<()> {
        let Some(user) = user else { return Ok(()) };
        if fs::symlink_metadata(dir).is_ok() {
            return Ok(());
        }
        make_owned(dir, user)
            .map_err(|error| anyhow!("cannot make the log directory {}: {error}", shown(dir)))
    }

    /// Whoever may write to the directory above may put another one, or a link, in the new one's place: the one that was
    /// made is given away by its descriptor, and only if it is ours to give.
    fn make_owned(dir: &Path, user: &User) -> io::Result<()> {
        let Some(name) = dir.file_name() else { return fs::create_dir_all(dir) };
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(above)?;
        let above = File::options().read(true).custom_flags(OFlag::O_DIRECTORY.bits()).open(above)?;
        stat::mkdirat(&above, name, Mode::from_bits_truncate(0o777))?;
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let made = File::from(fcntl::openat(&above, name, flags, Mode::empty())?);
        let meta = made.metadata()?;
        let empty = fs::read_dir(format!("/proc/self/fd/{}", made.as_raw_fd()))?.next().is_none();
        if meta.uid() != Uid::effective().as_raw() || !empty {
            return Err(io::Error::other("another directory was put in its place"));
        }
        Ok(unistd::fchown(&made, Some(user.uid), Some(user.gid))?)
    }

    /// Goes on as a user with one capability, without groups and without a way back. Threads that are there already
    /// would keep what they have, so that there must be none.
    ///
    /// # Errors
    /// If the system refuses any of it.
    pub(in super::super) fn drop_to(user: &User) -> Result<()> {
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads > 1 {
            bail!("privileges cannot be dropped: {threads} threads run already");
        }
        drop_all(user).map_err(|error| anyhow!("cannot become user {}: {error}", user.name))
    }

    fn drop_all(user: &User) -> Result<()> {
        let kept = CapsHashSet::from([KEPT]);
        if Uid::effective().is_root() {
            for capability in caps::all() {
                if capability != KEPT && caps::has_cap(None, CapSet::Bounding, capability)? {
                    caps::drop(None, CapSet::Bounding, capability)?;
                }
            }
            prctl::set_keepcaps(true)?;
            unistd::setgroups(&[] as &[Gid])?;
            unistd::setresgid(user.gid, user.gid, user.gid)?;
            unistd::setresuid(user.uid, user.uid, user.uid)?;
            prctl::set_keepcaps(false)?;
        }
        let permitted = caps::read(None, CapSet::Permitted)?;
        let left: CapsHashSet = kept.intersection(&permitted).copied().collect();
        caps::clear(None, CapSet::Ambient)?;
        caps::set(None, CapSet::Effective, &left)?;
        caps::set(None, CapSet::Permitted, &left)?;
        caps::clear(None, CapSet::Inheritable)?;
        prctl::set_no_new_privs()?;
        Ok(())
    }

    /// Whether this process may run on all the processors that are named.
    ///
    /// # Errors
    /// It may not.
    pub(in super::super) fn check_cpus(cpus: Option<&Cpus>) -> Result<()> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        for cpu in cpus.iter().flat_map(|cpus| &cpus.0) {
            if !allowed.is_set(*cpu).unwrap_or(false) {
                bail!("--cpus: this process may not run on processor {cpu}, or there is no such processor");
            }
        }
        Ok(())
    }

    /// The calling thread runs on one processor from now on.
    ///
    /// # Errors
    /// If the system refuses.
    pub(in super::super) fn pin(cpu: usize) -> Result<()> {
        let mut set = CpuSet::new();
        set.set(cpu)?;
        Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    //! Elsewhere there is none of this.

    use std::path::Path;

    use anyhow::{Result, bail};

    use crate::values::Cpus;

    pub(in super::super) struct User {
        pub(in super::super) name: String,
    }

    pub(in super::super) fn find(name: Option<&str>) -> Result<Option<User>> {
        match name {
            None => Ok(None),
            Some(_) => bail!("--user is for Linux only"),
        }
    }

    pub(in super::super) fn make_directory(_: &Path, _: Option<&User>) -> Result<()> {
        Ok(())
    }

    pub(in super::super) fn drop_to(user: &User) -> Result<()> {
        bail!("cannot become user {}", user.name)
    }

    pub(in super::super) fn check_cpus(cpus: Option<&Cpus>) -> Result<()> {
        if cpus.is_some() {
            bail!("--cpus is for Linux only");
        }
        Ok(())
    }

    pub(in super::super) fn pin(_: usize) -> Result<()> {
        Ok(())
    }
}
