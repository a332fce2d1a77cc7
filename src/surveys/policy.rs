//! Who may do what with surveys.

use crate::policy;

policy! {
    ListSurveys "list_surveys" "" [];
    GetSurvey "get_survey" "" [];
    CreateSurvey "create_survey" "survey.write" key [Chief Any];
    UpdateSurvey "update_survey" "survey.write" [Chief Any];
    OpenSurvey "open_survey" "survey.approve" [Chief Any, Director Any];
    CloseSurvey "close_survey" "survey.approve" [Chief Any, Director Any];
    ReopenSurvey "reopen_survey" "survey.approve" [Chief Any, Director Any];
    PauseSurveyInvitations "pause_survey_invitations" "survey.approve" [Chief Any, Director Any];
    ResumeSurveyInvitations "resume_survey_invitations" "survey.approve" [Chief Any, Director Any];
    ArchiveSurvey "archive_survey" "survey.approve" [Chief Any, Director Any];
    RestoreSurvey "restore_survey" "survey.approve" [Chief Any, Director Any];
    IssueSurveyTokens "issue_survey_tokens" "survey.issue" anew [Clerk Office, Chief Any];
    DrawSurveyToken "draw_survey_token" "" untraced [];
    AnswerSurvey "answer_survey" "" untraced [];
    EnterPaperAnswer "enter_paper_answer" "survey.issue" untraced [Clerk Office, Chief Any];
    ChooseSurveyInvitations "choose_survey_invitations" "" untraced [];
    NoteSurveyChoice "note_survey_choice" "survey.issue" [Clerk Office, Chief Any];
    GetSurveyResults "get_survey_results" "survey.read" [Clerk Office, Chief Any, Director Any, County Any];
    ListSurveyTexts "list_survey_texts" "survey.read" [Chief Any, Director Any];
}
