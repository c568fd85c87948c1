//! The file that packets are kept in.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use gannet_logs::Place;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::Uid;

/// Makes a file, as logs are made, in the place of a plain file of that name. Devices are written to, and pipes too, if they
/// are not somebody else's; links are not followed.
///
/// # Errors
/// If the file cannot be made, there is something else of that name, or nobody reads the pipe.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let name = path.file_name().ok_or(ErrorKind::IsADirectory)?;
    let place =
        || Place::open(path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")));
    match fs::symlink_metadata(path).map(|meta| meta.file_type()) {
        Err(_) => place()?.create_new(name),
        Ok(kind) if kind.is_file() => place()?.create(name),
        Ok(kind) if kind.is_char_device() || kind.is_fifo() => open(path),
        Ok(kind) => {
            let what = if kind.is_symlink() { "a link" } else { "no plain file" };
            Err(io::Error::new(ErrorKind::AlreadyExists, format!("there is {what} of that name")))
        }
    }
}

/// Opens what is there, without waiting for somebody to read it.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = File::options().write(true).custom_flags(flags).open(path)?;
    let meta = file.metadata()?;
    let trusted = meta.uid() == 0 || meta.uid() == Uid::effective().as_raw();
    match meta.file_type() {
        kind if kind.is_char_device() || (kind.is_fifo() && trusted) => {}
        _ => return Err(io::Error::new(ErrorKind::PermissionDenied, "it is somebody else's")),
    }
    // What is written waits for the reader, as for any pipe.
    fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn what_is_there_is_replaced_or_left_alone() {
        let dir = std::env::temp_dir().join(format!("gannet-keep-{}", std::process::id()));
        let _none = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).unwrap();
        let (victim, link, pipe, file) =
            (dir.join("victim"), dir.join("link"), dir.join("pipe"), dir.join("file"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        assert_eq!(create(&link).unwrap_err().to_string(), "there is a link of that name");
        assert_eq!(create(&pipe).unwrap_err().raw_os_error(), Some(nix::libc::ENXIO), "nobody reads it");
        let _reader = File::options().read(true).write(true).open(&pipe).unwrap();
        create(&pipe).unwrap();
        // The other name of a file keeps it.
        fs::hard_link(&victim, &file).unwrap();
        create(&file).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
        create(Path::new("/dev/null")).unwrap();
        assert_eq!(create(&dir.join("none/file")).unwrap_err().kind(), ErrorKind::NotFound);
        fs::remove_dir_all(&dir).unwrap();
    }
}
