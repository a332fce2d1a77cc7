//! An upload: what it is for, how far it has come, what its content was found to be, and what it becomes.

use super::problems::UPLOAD_OFFSET_MISMATCH;
use super::store::Upload;
use crate::clock::Moment;
use crate::error::{Code, Error, Problem};
use crate::text_enum;

text_enum! {
    /// What an upload is for.
    pub enum UploadKind {
        /// To be attached to a petition
        Petition = "PETITION",
    }
}

text_enum! {
    /// States of an upload.
    pub enum UploadStatus {
        /// Not all of it has come
        Open = "OPEN",
        /// All of it is here, and is being looked at
        Checking = "CHECKING",
        /// Can be attached
        Ready = "READY",
        /// Its content is not taken
        Refused = "REFUSED",
    }
}

text_enum! {
    /// What contents may be. Images are decoded and written anew, so that nothing is kept of a camera, a place or a thumbnail.
    pub enum MediaType {
        Jpeg = "image/jpeg",
        Png = "image/png",
        Pdf = "application/pdf",
        /// In UTF-8
        Plain = "text/plain",
    }
}

impl MediaType {
    /// How files of the type end; what ends otherwise is given the first.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &[".jpg", ".jpeg"],
            Self::Png => &[".png"],
            Self::Pdf => &[".pdf"],
            Self::Plain => &[".txt"],
        }
    }

    /// What a file of the type is called: by the ending of a name, and not by its type, whoever opens it starts a program. Whatever else
    /// the name ends with stays before it, so that its sender knows it again.
    pub fn called(self, name: &str) -> String {
        let ends_with = |ending: &&str| {
            let at = name.len().checked_sub(ending.len());
            at.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        if self.endings().iter().any(ends_with) {
            return name.to_owned();
        }
        let ending = self.endings()[0];
        name.chars().take(LONGEST_NAME - ending.len()).chain(ending.chars()).collect()
    }
}

/// Characters that the name of a file has at most.
const LONGEST_NAME: usize = 200;

text_enum! {
    /// Whether a content was scanned for viruses.
    pub enum Scan {
        Clean = "CLEAN",
        /// No scanner is set up, or it did not answer
        Unchecked = "UNCHECKED",
    }
}

text_enum! {
    /// Why a content is not taken.
    pub enum UploadRefusal {
        /// It is not what `media_type` says
        WrongType = "WRONG_TYPE",
        /// It is damaged, cut off, or goes on behind its end
        Damaged = "DAMAGED",
        /// The image has too many pixels
        TooManyPixels = "TOO_MANY_PIXELS",
        /// The PDF runs programs, opens other files or forms, holds files, or has a link that leads elsewhere than to the web or to mail
        ActiveContent = "ACTIVE_CONTENT",
        /// The PDF is encrypted, or packed in a way that cannot be looked into
        Closed = "CLOSED",
        /// A virus was found
        Infected = "INFECTED",
    }
}

/// How a look at a content ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    Ready {
        file: String,
        size: i64,
        scan: Scan,
    },
    Refused(UploadRefusal),
    /// What came has not the digest that was said, or is not there any more: it is sent again.
    Lost,
    /// Nobody could scan it yet.
    Later,
}

impl Upload {
    /// Has come that far.
    pub fn receive(&mut self, received: i64) {
        self.received = received;
        if received == self.size {
            self.status = UploadStatus::Checking;
        }
    }

    /// Is being looked at until then, by whoever holds the lease.
    pub fn hold(&mut self, lease: String, until: Moment) {
        (self.check_lease, self.checking_until) = (Some(lease), Some(until));
    }

    /// Becomes what a look at its content has found; looked at again at a moment, where that is nothing yet.
    pub fn settle(&mut self, outcome: &Outcome, again: Moment) {
        (self.check_lease, self.checking_until) = (None, None);
        match outcome {
            Outcome::Ready { file, size, scan } => {
                self.status = UploadStatus::Ready;
                (self.file, self.file_size, self.scan) = (Some(file.clone()), Some(*size), Some(*scan));
            }
            Outcome::Refused(refusal) => (self.status, self.refusal) = (UploadStatus::Refused, Some(*refusal)),
            Outcome::Lost => (self.status, self.received) = (UploadStatus::Open, 0),
            Outcome::Later => self.checking_until = Some(again),
        }
    }

    /// Refuses a part that begins elsewhere.
    pub fn goes_on_at(&self, offset: i64) -> Result<(), Error> {
        if self.status == UploadStatus::Open && offset == self.received {
            return Ok(());
        }
        Err(Problem::new(UPLOAD_OFFSET_MISMATCH).with("upload_offset", self.received).into())
    }

    /// What is missing.
    pub fn left_from(&self, offset: i64) -> i64 {
        self.size - offset
    }

    pub fn is_expired(&self, now: Moment) -> bool {
        self.record.is_none() && self.expires_at <= now
    }
}

/// Refuses what is longer than what is missing.
pub fn too_long(most: i64) -> Error {
    Problem::new(Code::TOO_LARGE).detail(format!("至多 {most} 位元組"), format!("at most {most} bytes are missing")).into()
}

/// The name of a file without folders: what stands behind the last sign that parts them anywhere.
pub fn base_name(said: &str) -> String {
    let name = said.rsplit(['/', '\\', ':']).next().unwrap_or_default().trim().trim_start_matches('.');
    if name.is_empty() { "附件".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_its_type_does() {
        for (kind, said, called) in [
            (MediaType::Plain, "收據.hta", "收據.hta.txt"),
            (MediaType::Plain, "a.html", "a.html.txt"),
            (MediaType::Plain, "說明.TXT", "說明.TXT"),
            (MediaType::Plain, "a.txt.", "a.txt..txt"),
            (MediaType::Plain, "說明", "說明.txt"),
            (MediaType::Plain, "", ".txt"),
            (MediaType::Jpeg, "照片.jpeg", "照片.jpeg"),
            (MediaType::Jpeg, "照片.png", "照片.png.jpg"),
            (MediaType::Png, "a.svg", "a.svg.png"),
            (MediaType::Pdf, "a.pdf.exe", "a.pdf.exe.pdf"),
        ] {
            assert_eq!(kind.called(said), called, "{said}");
        }
        assert_eq!(MediaType::Pdf.called(&"長".repeat(200)).chars().count(), LONGEST_NAME);
    }

    #[test]
    fn a_name_leads_into_no_folder() {
        for (said, kept) in [
            ("現場照片.jpg", "現場照片.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\小明\\收據.pdf", "收據.pdf"),
            ("C:照片.png", "照片.png"),
            ("..", "附件"),
            ("a/", "附件"),
            (".htaccess", "htaccess"),
        ] {
            assert_eq!(base_name(said), kept, "{said}");
        }
    }
}
