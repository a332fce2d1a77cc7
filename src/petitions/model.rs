//! A petition: its kinds, channels and states, the acts between them, and the grounds on which one may stay without an answer.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::policy::{
    ApprovePetitionReply, AssignPetition, ClosePetition, ConfirmPetition, CorrectPetitionSupplementRequest, CreatePetition,
    DraftPetitionReply, ExtendPetition, FilePetitionWithoutReply, MergePetition, NotePetitionLetters, ReopenPetition,
    ReplyToPetition, RequestPetitionSupplement, RevokePetitionExtension, ScreenPetition, SignPetition, SplitPetition,
    StrikePetitionSupplement, SupplementPetition, TransferPetition, TransferPetitionBack, TreatPetitionAsAppeal, UnmergePetition,
    UnsignPetition, UpdatePetition, WithdrawPetition,
};
use super::settings::PetitionSettings;
use crate::calendar::Period;
use crate::db::Id;
use crate::error::Language;
use crate::{acts, text_enum};

text_enum! {
    /// What a petition is (行政程序法 §168): a suggestion on administration, an inquiry about rules, a report of wrongdoing, the
    /// protection of rights.
    pub enum PetitionKind {
        Suggestion = "SUGGESTION",
        Inquiry = "INQUIRY",
        Report = "REPORT",
        Rights = "RIGHTS",
    }
}

impl PetitionKind {
    /// Within what it is answered.
    pub const fn period(self, settings: &PetitionSettings) -> Period {
        match self {
            Self::Suggestion => settings.suggestion_period,
            Self::Inquiry => settings.inquiry_period,
            Self::Report => settings.report_period,
            Self::Rights => settings.rights_period,
        }
    }
}

text_enum! {
    /// How a petition came.
    pub enum PetitionChannel {
        /// 民意信箱: over this API, by anybody
        Mailbox = "MAILBOX",
        Counter = "COUNTER",
        Phone = "PHONE",
        Letter = "LETTER",
        Fax = "FAX",
        Email = "EMAIL",
        /// 主任與民有約
        DirectorMeeting = "DIRECTOR_MEETING",
        OnSite = "ON_SITE",
    }
}

impl PetitionChannel {
    /// Whether it was spoken: a record is read back and signed (行政程序法 §169).
    pub const fn is_oral(self) -> bool {
        matches!(self, Self::Counter | Self::Phone | Self::DirectorMeeting | Self::OnSite)
    }
}

text_enum! {
    /// What a petition is about.
    pub enum PetitionTopic {
        /// 戶籍登記
        Registration = "REGISTRATION",
        /// 國民身分證及戶口名簿
        IdentityCard = "IDENTITY_CARD",
        /// 謄本及各項證明
        Certificates = "CERTIFICATES",
        /// 門牌
        DoorPlates = "DOOR_PLATES",
        /// 國籍
        Nationality = "NATIONALITY",
        /// 規費及罰鍰
        Fees = "FEES",
        /// 服務態度及等候時間
        Service = "SERVICE",
        /// 辦公場所及設施
        Facilities = "FACILITIES",
        /// 網站及線上申辦
        Online = "ONLINE",
        /// 其他
        Other = "OTHER",
    }
}

text_enum! {
    /// The language in which somebody is answered.
    pub enum PetitionLanguage {
        Chinese = "zh",
        English = "en",
    }
}

impl PetitionLanguage {
    pub const fn language(self) -> Language {
        match self {
            Self::Chinese => Language::Chinese,
            Self::English => Language::English,
        }
    }
}

text_enum! {
    /// States of a petition.
    pub enum PetitionStatus {
        /// Waits for the code that was mailed
        AwaitingConfirmation = "AWAITING_CONFIRMATION",
        /// Spoken: waits to be read back and signed
        AwaitingSignature = "AWAITING_SIGNATURE",
        /// Without a name or a way to reach, or never confirmed: a section chief accepts or files it
        Screening = "SCREENING",
        /// A report of wrongdoing, or of a whistleblower: seen by the custodian alone until it is settled whom it concerns
        Quarantine = "QUARANTINE",
        Received = "RECEIVED",
        Assigned = "ASSIGNED",
        AwaitingSupplement = "AWAITING_SUPPLEMENT",
        /// A draft of a reply waits for another's approval
        InApproval = "IN_APPROVAL",
        /// The reply is approved and not sent yet
        Approved = "APPROVED",
        Replied = "REPLIED",
        Closed = "CLOSED",
        Transferred = "TRANSFERRED",
        Withdrawn = "WITHDRAWN",
        FilingProposed = "FILING_PROPOSED",
        /// Stays without an answer (行政程序法 §173)
        Filed = "FILED",
        /// Taken for an appeal (訴願法 §14)
        Appeal = "APPEAL",
        /// Answered together with another petition, each petitioner by themself
        Merged = "MERGED",
    }
}

impl PetitionStatus {
    /// Its limit is counted: from the receipt on, whatever keeps it from being handled.
    pub const OPEN: [Self; 10] = [
        Self::AwaitingConfirmation,
        Self::AwaitingSignature,
        Self::Screening,
        Self::Quarantine,
        Self::Received,
        Self::Assigned,
        Self::AwaitingSupplement,
        Self::InApproval,
        Self::Approved,
        Self::FilingProposed,
    ];

    /// A limit is kept: of a merged petition its own.
    pub fn is_counted(self) -> bool {
        self == Self::Merged || Self::OPEN.contains(&self)
    }

    /// It is not entered yet: a confidential one is its custodian's alone.
    pub fn is_early(self) -> bool {
        matches!(self, Self::AwaitingConfirmation | Self::AwaitingSignature | Self::Quarantine)
    }
}

acts! {
    /// Acts on a petition. What one person drafts, proposes or asks for, another approves; nobody sees one that concerns them.
    pub enum PetitionAct on "petition" PetitionStatus {
        Take "take" [CreatePetition ""] "received" Anyone {}
        Confirm "confirm" [ConfirmPetition ":confirm"] "confirmed" Anyone { AwaitingConfirmation => Received }
        ConfirmReport "confirm" [ConfirmPetition ":confirm"] "confirmed" Anyone { AwaitingConfirmation => Quarantine }
        ConfirmUnnamed "confirm" [ConfirmPetition ":confirm"] "confirmed" Anyone { AwaitingConfirmation => Screening }
        LeaveUnconfirmed "leave-unconfirmed" [] "left_unconfirmed" Anyone { AwaitingConfirmation => Screening }
        LeaveReportUnconfirmed "leave-unconfirmed" [] "left_unconfirmed" Anyone { AwaitingConfirmation => Quarantine }
        Sign "sign" [SignPetition ":sign"] "signed" Anyone { AwaitingSignature => Received }
        SignReport "sign" [SignPetition ":sign"] "signed" Anyone { AwaitingSignature => Quarantine }
        SignUnnamed "sign" [SignPetition ":sign"] "signed" Anyone { AwaitingSignature => Screening }
        Unsign "unsign" [UnsignPetition ":unsign"] "unsigned" Anyone apart [Unnamed, Clerk] {
            Received => AwaitingSignature, Screening => AwaitingSignature, Quarantine => AwaitingSignature
        }
        Update "update" [UpdatePetition ""] "updated" Anyone {
            AwaitingConfirmation => AwaitingConfirmation, Screening => Screening, Quarantine => Quarantine, Received => Received,
            Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved,
            Replied => Replied, Closed => Closed, Transferred => Transferred, Withdrawn => Withdrawn,
            FilingProposed => FilingProposed, Filed => Filed, Appeal => Appeal, Merged => Merged
        }
        Correct "update" [UpdatePetition ""] "corrected" Anyone { AwaitingSignature => AwaitingSignature }
        Quarantine "update" [UpdatePetition ""] "quarantined" Anyone {
            Screening => Quarantine, Received => Quarantine, Assigned => Quarantine, AwaitingSupplement => Quarantine,
            InApproval => Quarantine, Approved => Quarantine, FilingProposed => Quarantine
        }
        Recall "update" [UpdatePetition ""] "recalled" Anyone { InApproval => Assigned, Approved => Assigned, FilingProposed => Received }
        Screen "screen" [ScreenPetition ":screen"] "accepted" Anyone { Screening => Received }
        ScreenOut "screen" [ScreenPetition ":screen"] "filing_proposed" Proposer { Screening => FilingProposed }
        Release "screen" [ScreenPetition ":screen"] "released" Anyone { Quarantine => Received }
        ReleaseUnnamed "screen" [ScreenPetition ":screen"] "released" Anyone { Quarantine => Screening }
        Assign "assign" [AssignPetition ":assign"] "assigned" Anyone {
            Received => Assigned, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved
        }
        RequestSupplement "request-supplement" [RequestPetitionSupplement ":request-supplement"] "supplement_requested" Anyone apart [Clerk] { Assigned => AwaitingSupplement }
        Supplement "supplement" [SupplementPetition ":supplement"] "supplemented" Anyone {
            AwaitingSupplement => Assigned, Screening => Screening, Quarantine => Quarantine, Received => Received,
            Assigned => Assigned, InApproval => InApproval, Approved => Approved, FilingProposed => FilingProposed
        }
        PassOn "supplement" [SupplementPetition ":supplement"] "supplement_passed_on" Anyone { Merged => Merged }
        CorrectRequest "correct-supplement-request" [CorrectPetitionSupplementRequest ":correct-supplement-request"] "supplement_request_corrected" Anyone {
            AwaitingSupplement => AwaitingSupplement
        }
        CancelRequest "correct-supplement-request" [CorrectPetitionSupplementRequest ":correct-supplement-request"] "supplement_request_cancelled" Anyone {
            AwaitingSupplement => Assigned
        }
        StrikeSupplement "strike-supplement" [StrikePetitionSupplement ":strike-supplement"] "supplement_struck" Anyone {
            Screening => Screening, Quarantine => Quarantine, Received => Received, Assigned => Assigned,
            AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved, Replied => Replied, Closed => Closed,
            Transferred => Transferred, Withdrawn => Withdrawn, FilingProposed => FilingProposed, Filed => Filed, Appeal => Appeal,
            Merged => Merged
        }
        LetSupplementLapse "let-supplement-lapse" [] "supplement_lapsed" Anyone { AwaitingSupplement => Assigned }
        AwaitSupplementAgain "await-supplement-again" [] "supplement_awaited_again" Anyone { Assigned => AwaitingSupplement }
        Draft "draft-reply" [DraftPetitionReply ":draft-reply"] "reply_drafted" Clerk {
            Assigned => InApproval, InApproval => InApproval, Approved => InApproval
        }
        ApproveReply "approve-reply" [ApprovePetitionReply ":approve-reply"] "reply_approved" Supervisor apart [Unnamed, Clerk] { InApproval => Approved }
        ReturnReply "approve-reply" [ApprovePetitionReply ":approve-reply"] "reply_returned" Supervisor apart [Unnamed, Clerk] { InApproval => Assigned }
        Reply "reply" [ReplyToPetition ":reply"] "replied" Anyone { Approved => Replied }
        ReplyInPart "reply" [ReplyToPetition ":reply"] "replied_in_part" Anyone { Approved => Assigned }
        AskExtension "extend" [ExtendPetition ":extend"] "extension_asked" Proposer {
            Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved
        }
        Extend "extend" [ExtendPetition ":extend"] "extended" Supervisor apart [Unnamed, Proposer, Remaining] {
            Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved
        }
        RefuseExtension "extend" [ExtendPetition ":extend"] "extension_refused" Supervisor apart [Unnamed, Proposer] {
            Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved
        }
        RevokeExtension "revoke-extension" [RevokePetitionExtension ":revoke-extension"] "extension_revoked" Supervisor {
            Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval, Approved => Approved
        }
        Transfer "transfer" [TransferPetition ":transfer"] "transferred" Anyone { Received => Transferred, Assigned => Transferred }
        TransferBack "transfer-back" [TransferPetitionBack ":transfer-back"] "transferred_back" Anyone { Transferred => Received }
        Withdraw "withdraw" [WithdrawPetition ":withdraw"] "withdrawn" Anyone {
            AwaitingConfirmation => Withdrawn, AwaitingSignature => Withdrawn, Screening => Withdrawn, Quarantine => Withdrawn, Received => Withdrawn, Assigned => Withdrawn,
            AwaitingSupplement => Withdrawn, InApproval => Withdrawn, Approved => Withdrawn
        }
        ProposeFiling "file-without-reply" [FilePetitionWithoutReply ":file-without-reply"] "filing_proposed" Proposer {
            Received => FilingProposed, Assigned => FilingProposed
        }
        ApproveFiling "file-without-reply" [FilePetitionWithoutReply ":file-without-reply"] "filed" Supervisor apart [Unnamed, Proposer, Remaining] {
            FilingProposed => Filed
        }
        RejectFiling "file-without-reply" [FilePetitionWithoutReply ":file-without-reply"] "filing_rejected" Supervisor apart [Unnamed, Proposer] {
            FilingProposed => Received
        }
        Reopen "reopen" [ReopenPetition ":reopen"] "reopened" Supervisor apart [Unnamed, Clerk] {
            Replied => Received, Closed => Received, Filed => Received, Withdrawn => Received
        }
        TakeUpAgain "reopen" [ReopenPetition ":reopen"] "taken_up_again" Supervisor {
            Replied => Received, Closed => Received, Filed => Received, Withdrawn => Received, Appeal => Received
        }
        TakeUpUnsigned "reopen" [ReopenPetition ":reopen"] "taken_up_again" Supervisor { Withdrawn => AwaitingSignature }
        TakeUpUnnamed "reopen" [ReopenPetition ":reopen"] "taken_up_again" Supervisor { Withdrawn => Screening }
        ReopenGuarded "reopen" [ReopenPetition ":reopen"] "reopened" Supervisor {
            Replied => Quarantine, Closed => Quarantine, Filed => Quarantine, Withdrawn => Quarantine
        }
        Close "close" [ClosePetition ":close"] "closed" Anyone { Replied => Closed }
        TreatAsAppeal "treat-as-appeal" [TreatPetitionAsAppeal ":treat-as-appeal"] "treated_as_appeal" Anyone {
            Received => Appeal, Assigned => Appeal
        }
        NoteLetters "note-letters" [NotePetitionLetters ":note-letters"] "letters_noted" Anyone {
            AwaitingConfirmation => AwaitingConfirmation, AwaitingSignature => AwaitingSignature, Screening => Screening,
            Quarantine => Quarantine, Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement,
            InApproval => InApproval, Approved => Approved, Replied => Replied, Closed => Closed, Transferred => Transferred,
            Withdrawn => Withdrawn, FilingProposed => FilingProposed, Filed => Filed, Appeal => Appeal, Merged => Merged
        }
        Merge "merge" [MergePetition ":merge"] "merged" Supervisor {
            Received => Merged, Assigned => Merged, AwaitingSupplement => Merged, InApproval => Merged
        }
        Unmerge "unmerge" [UnmergePetition ":unmerge"] "unmerged" Supervisor { Merged => Received }
        UnmergeAssigned "unmerge" [UnmergePetition ":unmerge"] "unmerged" Supervisor { Merged => Assigned }
        UnmergeAwaiting "unmerge" [UnmergePetition ":unmerge"] "unmerged" Supervisor { Merged => AwaitingSupplement }
        UnmergeDrafted "unmerge" [UnmergePetition ":unmerge"] "unmerged" Supervisor { Merged => InApproval }
        UnmergeGuarded "unmerge" [UnmergePetition ":unmerge"] "unmerged" Supervisor { Merged => Quarantine }
        Split "split" [SplitPetition ":split"] "split" Supervisor {
            Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval,
            Approved => Approved, Replied => Replied, Closed => Closed
        }
        TakeIn "take-in" [] "another_merged" Anyone {
            Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement
        }
        LetGo "let-go" [] "another_unmerged" Anyone {
            Screening => Screening, Quarantine => Quarantine,
            Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval,
            Approved => Approved, Replied => Replied, Closed => Closed
        }
        TakeLetter "take-letter" [] "letter_taken" Anyone {
            Screening => Screening, Quarantine => Quarantine,
            Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval,
            Approved => Approved, Replied => Replied, Closed => Closed
        }
        StrikeLetter "strike-letter" [] "letter_struck" Anyone {
            Screening => Screening, Quarantine => Quarantine,
            Received => Received, Assigned => Assigned, AwaitingSupplement => AwaitingSupplement, InApproval => InApproval,
            Approved => Approved, Replied => Replied, Closed => Closed
        }
        ShareReply "share-reply" [] "replied_together" Anyone { Merged => Merged }
        ShareExtension "share-extension" [] "extended_together" Anyone { Merged => Merged }
        ShareExtensionRevocation "share-extension-revocation" [] "extension_revoked_together" Anyone { Merged => Merged }
        ShareEnd "share-end" [] "closed_together" Anyone { Merged => Merged }
        ShareReopening "share-reopening" [] "reopened_together" Anyone { Merged => Merged }
        Follow "follow" [] "followed" Anyone { Merged => Merged }
    }
}

impl PetitionAct {
    /// By which a petition is brought: who does them may tell who petitions.
    pub const ENTERING: [Self; 11] = [
        Self::Take,
        Self::Confirm,
        Self::ConfirmReport,
        Self::ConfirmUnnamed,
        Self::LeaveUnconfirmed,
        Self::LeaveReportUnconfirmed,
        Self::Sign,
        Self::SignReport,
        Self::SignUnnamed,
        Self::Correct,
        Self::Withdraw,
    ];

    /// By which a petition is answered: whoever does them is rated.
    pub const ANSWERING: [Self; 5] = [Self::Draft, Self::ApproveReply, Self::ReturnReply, Self::Reply, Self::ReplyInPart];

    /// Whether the history tells one of [`Self::ENTERING`] by this word.
    pub fn enters(past: &str) -> bool {
        Self::ENTERING.iter().any(|act| act.line().past == past)
    }
}

text_enum! {
    /// Whether a reply ends the matter.
    pub enum ReplyKind {
        /// On the merits, of all that was asked
        Final = "FINAL",
        /// On the merits, of a part
        Partial = "PARTIAL",
        /// How far it has come
        Interim = "INTERIM",
    }
}

text_enum! {
    /// Why a petition may stay without an answer (行政程序法 §173).
    pub enum FilingGround {
        /// No. 1: it has no concrete content, and a supplement was asked for in vain
        NoContent = "NO_CONTENT",
        /// No. 1: it has no real name, or nothing by which its writer can be reached
        NoName = "NO_NAME",
        /// No. 2: the same matter was properly handled and clearly answered
        AlreadyAnswered = "ALREADY_ANSWERED",
        /// No. 3: another body is competent, and it was sent to several
        NotCompetent = "NOT_COMPETENT",
    }
}

text_enum! {
    /// By which means somebody was told.
    pub enum ToldBy {
        /// By e-mail
        Mail = "MAIL",
        /// By a letter, to be printed and posted or handed over: it stands in GET /v1/outgoing-letters
        Letter = "LETTER",
        /// By telephone: they stand in GET /v1/call-list until they are reached
        Call = "CALL",
        /// By the representative of their group, who is told
        Representative = "REPRESENTATIVE",
        /// Only by what `:track` shows: there is no way to reach them
        Tracking = "TRACKING",
        /// With the same petition, which was entered twice by mistake: they are told of it once
        Once = "ONCE",
    }
}

text_enum! {
    /// Of what a petitioner was told beside replies, supplements, extensions and transfers.
    pub enum PetitionNoticeKind {
        /// It came back from another body
        TransferredBack = "TRANSFERRED_BACK",
        Withdrawn = "WITHDRAWN",
        /// It is taken up again on new facts
        Reopened = "REOPENED",
        /// Its end was a mistake, and it goes on
        TakenUpAgain = "TAKEN_UP_AGAIN",
        /// It is taken for an appeal
        Appeal = "APPEAL",
        /// What was told of it was put right
        Corrected = "CORRECTED",
        /// The last day for an appeal is another one
        AppealMoved = "APPEAL_MOVED",
        /// The last day for a supplement is another one
        SupplementMoved = "SUPPLEMENT_MOVED",
        /// What is asked for was put right
        SupplementCorrected = "SUPPLEMENT_CORRECTED",
        /// Nothing is asked for after all
        SupplementCancelled = "SUPPLEMENT_CANCELLED",
        /// Its limit is not longer after all
        ExtensionRevoked = "EXTENSION_REVOKED",
        /// It is answered together with others
        Merged = "MERGED",
        /// It is answered by itself again
        Unmerged = "UNMERGED",
        /// It was entered twice by mistake, and is answered once
        EnteredTwice = "ENTERED_TWICE",
    }
}

text_enum! {
    /// A queue of petitions, within what the caller may see.
    pub enum PetitionQueue {
        /// Open and in my charge
        Mine = "MINE",
        /// Screening, or quarantined and mine to look after
        ToScreen = "TO_SCREEN",
        /// Received, or nobody is in charge any more
        ToAssign = "TO_ASSIGN",
        /// A draft or a proposal waits
        ToApprove = "TO_APPROVE",
        /// The limit comes near, or that of a petition merged into it, whatever state it is in
        DueSoon = "DUE_SOON",
        /// The limit has passed, or that of a petition merged into it, whatever state it is in
        Overdue = "OVERDUE",
        /// A letter waits to be posted or handed over, whatever state it is in
        ToPost = "TO_POST",
    }
}

/// Which petitions: all that is given must fit.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PetitionFilter {
    pub status: Option<PetitionStatus>,
    pub kind: Option<PetitionKind>,
    pub channel: Option<PetitionChannel>,
    pub queue: Option<PetitionQueue>,
    /// Petitions in the charge of this account.
    pub handler_id: Option<Id>,
    pub confidential: Option<bool>,
    /// First day of receipt, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day of receipt, included; not before `from`.
    pub to: Option<NaiveDate>,
    /// What its subject, its text or a reply holds, of one character or more: without regard to blanks, capitals, width and
    /// variants of characters (臺, 台). No numbers of people. A confidential petition is searched as the caller reads it.
    #[param(min_length = 1, max_length = 100, example = "門牌")]
    pub q: Option<String>,
}
