//! Who may do what with letters; which of them somebody sees is decided by the domains whose records they are about.

use crate::policy;

policy! {
    ListOutgoingLetters "list_outgoing_letters" "mail.read" [Clerk Office, Chief Any, Director Any, County Any];
    GetOutgoingLetter "get_outgoing_letter" "mail.read" [Clerk Office, Chief Any, Director Any, County Any];
    GetOutgoingLetterPdf "get_outgoing_letter_pdf" "mail.read" [Clerk Office, Chief Any, Director Any, County Any];
    MarkOutgoingLetterPrinted "mark_outgoing_letter_printed" "mail.write" [Clerk Office, Chief Any, Director Any, County Any];
    StopOutgoingLetter "stop_outgoing_letter" "mail.write" [Clerk Office, Chief Any, Director Any, County Any];
    PrintOutgoingLetterAgain "print_outgoing_letter_again" "mail.write" [Clerk Office, Chief Any, Director Any, County Any];
}
