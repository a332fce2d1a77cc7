//! Asking clamd whether a content holds a virus, by its command INSTREAM.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::settings::Scanner;

/// How long each step may take: a scan of a large content takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes that are sent in one piece.
const PIECE: usize = 64 * 1024;
/// Bytes that are read of an answer.
const ANSWER: u64 = 1024;

/// What clamd says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    Clean,
    Infected,
}

/// Has a content scanned.
pub fn scan(scanner: &Scanner, content: &[u8]) -> io::Result<Scanned> {
    match scanner {
        Scanner::Tcp(address) => {
            let mut last = io::Error::new(ErrorKind::NotFound, "the scanner's host has no address");
            for address in address.to_socket_addrs()? {
                match TcpStream::connect_timeout(&address, CONNECT) {
                    Ok(stream) => {
                        stream.set_read_timeout(Some(PATIENCE))?;
                        stream.set_write_timeout(Some(PATIENCE))?;
                        return ask(stream, content);
                    }
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
        #[cfg(unix)]
        Scanner::Unix(path) => {
            let stream = std::os::unix::net::UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            ask(stream, content)
        }
        #[cfg(not(unix))]
        Scanner::Unix(_) => Err(ErrorKind::Unsupported.into()),
    }
}

/// Each piece behind its length in four bytes, none at the end; commands and answers end with a zero.
fn ask(mut stream: impl Read + Write, content: &[u8]) -> io::Result<Scanned> {
    stream.write_all(b"zINSTREAM\0")?;
    for piece in content.chunks(PIECE) {
        let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(piece)?;
    }
    stream.write_all(&0_u32.to_be_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    match answer.trim_end_matches(['\0', '\n']) {
        "stream: OK" => Ok(Scanned::Clean),
        found if found.ends_with(" FOUND") => Ok(Scanned::Infected),
        other => Err(io::Error::new(ErrorKind::InvalidData, format!("it answers {other:?}"))),
    }
}
