//! Lost updates, over every versioned operation of the contract: equal requests with one `If-Match` at once have one
//! winner, and the others are told 412. VERSION_ROUNDS sets the size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::cases::{birth, own, papers_of, registered, take};
use crate::contract::{contract, operations};
use crate::exchange::{moved, notify};
use crate::support::{Answer, TestApp, WEDNESDAY_9, booking, female, person, version};
use crate::{surveys, volunteer_honours, volunteer_hours, volunteer_recruitment, volunteers};

const CLIENTS: usize = 8;

fn rounds() -> u32 {
    std::env::var("VERSION_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2)
}

/// How one versioned operation is put to the test.
struct Line {
    operation: &'static str,
    user: &'static str,
    /// Makes a record on which the operation succeeds, and gives its key in the path.
    ready: fn(&Office) -> String,
    /// The request's body, from the record as it is read; null for none.
    body: fn(&Office, &Value) -> Value,
}

const fn line(
    operation: &'static str,
    user: &'static str,
    ready: fn(&Office) -> String,
    body: fn(&Office, &Value) -> Value,
) -> Line {
    Line { operation, user, ready, body }
}

const TABLE: [Line; 201] = [
    line("settle_person", "clerk1", met, |_, _| {
        let paper = json!({"kind": "ID_CARD", "number": "製證字第 1 號"});
        json!({"name": "林志明", "document": paper, "reason": "依證件"})
    }),
    line("join_person", "clerk1", met, |office, _| {
        let paper = json!({"kind": "COURT_RULING", "number": "115 年度訴字第 1 號"});
        json!({"into_person_id": met(office), "document": paper, "reason": "同一人"})
    }),
    line("part_person", "clerk1", joined, |_, _| json!({"reason": "並非同一人"})),
    line(
        "strike_document",
        "clerk1",
        shown,
        |_, _| json!({"document": {"kind": "ID_CARD", "number": "製證字第 1 號"}, "reason": "偽造"}),
    ),
    line("update_protection_mark", "clerk1", marked, |_, _| json!({"until_on": "2029-11-19", "reason": "法院延長保護令"})),
    line("confirm_protection_mark", "clerk2", marked, |_, _| json!({"reason": "已核對裁定"})),
    line("lift_protection_mark", "clerk1", marked, |_, _| json!({"reason": "保護令撤銷"})),
    line("keep_protection_mark", "clerk1", lift_asked, |_, _| json!({"reason": "誤提"})),
    line("undo_identity_proof", "chief1", proof, |_, _| json!({"reason": "證件係冒用"})),
    line("approve_user", "director1", pending_user, nothing),
    line("reject_user", "director1", pending_user, nothing),
    line("suspend_user", "admin1", pending_user, nothing),
    line("reinstate_user", "admin1", suspended_user, nothing),
    line("reset_user_password", "admin1", active_user, nothing),
    line("update_user", "admin1", pending_user, |_, _| json!({"duties": ["PETITIONS"]})),
    line("rotate_client_secret", "admin1", client, nothing),
    line("approve_client", "director1", pending_client, nothing),
    line("reject_client", "chief1", pending_client, nothing),
    line("revoke_client", "admin1", client, nothing),
    line("update_client", "admin1", client, |_, _| json!({"expires_on": "2030-12-31"})),
    line("set_calendar_day", "chief1", |office| office.day("2027-03-01"), |_, _| json!({"kind": "WORKDAY", "reason": "補班"})),
    line("delete_closure", "chief1", closure, nothing),
    line("update_service", "chief1", |_| "COUNTER".to_owned(), |_, service| json!({"service": service})),
    line("delete_hold", "clerk1", hold, nothing),
    line("reschedule_booking", "clerk1", booked, |office, _| json!({"slot_id": office.slot()})),
    line("cancel_booking", "clerk1", booked, |_, _| json!({"reason": "臨時有事"})),
    line("reinstate_booking", "clerk1", cancelled, |_, _| json!({"reason": "誤按"})),
    line("check_in_booking", "clerk1", |office| booked_today(office, "01:30"), |_, _| json!({})),
    line("complete_booking", "clerk1", checked_in, |_, _| json!({})),
    line("mark_booking_no_show", "clerk1", |office| booked_today(office, "00:30"), |_, _| json!({})),
    line("take_back_booking", "clerk1", checked_in, |_, _| json!({"reason": "誤按"})),
    line("leave_waitlist", "clerk1", waiting, nothing),
    line("give_up_waitlist_place", "clerk1", waiting, |_, _| json!({"reason": "當事人來電取消"})),
    line("reinstate_waitlist_entry", "clerk1", left, |_, _| json!({"reason": "誤按"})),
    line(
        "accept_waitlist_offer",
        "clerk1",
        offered,
        |_, _| json!({"contact": {"phone": "0912345678"}, "answers": {"topic": "FAMILY"}}),
    ),
    line("decline_waitlist_offer", "clerk1", offered, nothing),
    line("change_waitlist_contact", "clerk1", waiting, contact),
    line("change_booking_contact", "clerk1", booked, contact),
    line("change_case_contact", "clerk1", accepted, contact),
    line("change_certificate_contact", "clerk1", certificate, contact),
    line("set_rota", "chief1", |office| office.day("2027-01-04"), |_, _| json!({"adviser_ids": [], "reason": "停辦"})),
    line("accept_referral", "clerk1", referral, nothing),
    line("decline_referral", "clerk1", referral, nothing),
    line("update_case_type", "chief1", |_| "OTHER_LAW".to_owned(), case_type),
    line("accept_case", "clerk1", draft, |_, _| json!({})),
    line("update_case", "clerk1", accepted, |_, _| json!({"papers": ["ID_CARD"]})),
    line("assign_case", "chief1", accepted, |office, _| json!({"clerk_id": office.account("clerk2")})),
    line("approve_case_proxy", "chief1", married_by_proxy, |_, _| json!({"reason": "住院屬實"})),
    line("submit_case", "clerk1", accepted, nothing),
    line("withdraw_case", "clerk1", accepted, |_, _| json!({"reason": "申請人撤回"})),
    line("recall_case", "clerk1", submitted, |_, _| json!({"reason": "漏附文件"})),
    line("reopen_case", "chief1", refused, |_, _| json!({"reason": "誤為駁回"})),
    line("refuse_case", "clerk1", accepted, |_, _| json!({"reason": "未補正"})),
    line("give_notice", "clerk1", without_papers, |_, _| json!({"given_how": "HANDED"})),
    line("receive_paper", "clerk1", told, |_, _| json!({"received": true})),
    line("create_review", "reviewer1", submitted, |_, _| json!({"result": "PASS", "findings": []})),
    line("correct_case", "clerk1", registered_case, |_, _| correction()),
    line("revoke_case", "clerk1", registered_case, |_, _| json!({"reason": "重複登記", "office_error": false})),
    line("reinstate_case", "clerk1", revoked_case, |_, _| json!({"reason": "誤撤他案", "office_error": true})),
    line("approve_case_change", "chief1", changed, nothing),
    line("reject_case_change", "chief1", changed, |_, _| json!({"reason": "證明不足"})),
    line("withdraw_case_change", "clerk1", changed, |_, _| json!({"reason": "證明有誤"})),
    line("issue_certificate", "clerk1", certificate, nothing),
    line("refuse_certificate", "clerk1", certificate, |_, _| json!({"reason": "未附利害關係證明"})),
    line("withdraw_certificate", "clerk1", certificate, |_, _| json!({"reason": "申請人撤回"})),
    line("reopen_certificate", "chief1", refused_certificate, |_, _| json!({"reason": "誤為駁回"})),
    line("void_certificate", "clerk2", issued, |_, _| json!({"reason": "誤印"})),
    line("reinstate_certificate", "chief1", voided, |_, _| json!({"reason": "誤作廢"})),
    line("record_finding", "chief2", spot_check, |_, _| finding()),
    line("rebut_finding", "clerk1", found, |_, _| json!({"rebuttal": "並無錯誤"})),
    line("rule_on_finding", "director1", found, |_, _| json!({"uphold": false, "ruling": "並無誤載"})),
    line(
        "hand_over_spot_check",
        "chief1",
        spot_check,
        |office, _| json!({"checker_id": office.account("director1"), "reason": "出差"}),
    ),
    line("update_agency", "admin1", |_| "LAND".to_owned(), agency),
    line("approve_agency", "director1", asking_agency, nothing),
    line("reject_agency", "chief1", asking_agency, nothing),
    line("withdraw_consent", "clerk1", notice, nothing),
    line("revoke_letter_of_proxy", "clerk1", letter, nothing),
    line("rotate_agency_secret", "admin1", |_| "NATIONAL_TAX".to_owned(), nothing),
    line("resend_mail", "clerk1", |office| mail(office, "BOUNCED"), |_, _| json!({"reason": "當事人未收到"})),
    line("stop_mail", "clerk1", |office| mail(office, "WAITING"), |_, _| json!({"reason": "內容有誤"})),
    line("settle_mail", "clerk1", |office| mail(office, "FAILED"), |_, _| json!({"reason": "已另函通知"})),
    line("report_bounce", "clerk1", |office| mail(office, "SENT"), |_, _| json!({"code": "5.1.1"})),
    line("mark_outgoing_letter_printed", "clerk1", outgoing_letter, nothing),
    line("stop_outgoing_letter", "clerk1", outgoing_letter, |_, _| json!({"reason": "已以電話告知"})),
    line("print_outgoing_letter_again", "clerk1", printed_letter, |_, _| json!({"reason": "列印時卡紙"})),
    line("resend_delivery", "clerk1", rejected, nothing),
    line("record_consultation_outcome", "clerk1", consulted, |_, _| json!({"result": "ADVISED", "minutes": 25})),
    line("create_draw", "chief2", plan, |_, _| json!({})),
    line("confirm_error", "chief1", error, nothing),
    line("dismiss_error", "chief1", error, nothing),
    line("update_petition", "clerk1", spoken_petition, |_, _| json!({"subject": "門牌整編"})),
    line("sign_petition", "clerk1", spoken_petition, nothing),
    line("unsign_petition", "clerk1", signed_petition, |_, _| json!({"reason": "簽名人非本人"})),
    line("screen_petition", "chief1", nameless_petition, |_, _| json!({"accept": true, "reason": "內容具體"})),
    line("assign_petition", "chief1", petition, |office, _| json!({"handler_id": office.account("clerk2")})),
    line(
        "request_petition_supplement",
        "clerk1",
        assigned_petition,
        |_, _| json!({"what": "請敘明地點", "due_on": "2026-12-04"}),
    ),
    line("supplement_petition", "clerk1", assigned_petition, |_, _| json!({"text": "地點在一樓"})),
    line(
        "correct_petition_supplement_request",
        "clerk1",
        awaiting_petition,
        |_, _| json!({"what": "請敘明時間", "reason": "漏列時間"}),
    ),
    line("strike_petition_supplement", "clerk1", supplemented_petition, |_, _| json!({"supplement": 1, "reason": "誤登他案"})),
    line("note_petition_letters", "clerk1", petition_against, |_, _| json!({"tellings": [1], "outcome": "POSTED"})),
    line("draft_petition_reply", "clerk1", assigned_petition, |_, _| crate::petitions::draft("FINAL")),
    line("approve_petition_reply", "chief1", drafted_petition, |_, _| json!({"draft": 1, "approve": true})),
    line("reply_to_petition", "clerk1", approved_petition, nothing),
    line("extend_petition", "clerk1", assigned_petition, |_, _| json!({"days": 5, "reason": "須查證"})),
    line("revoke_petition_extension", "chief1", extended_petition, |_, _| json!({"reason": "誤核他案"})),
    line("transfer_petition", "clerk1", petition, |_, _| json!({"to": "彰化縣和美鎮公所", "reason": "非本所權責"})),
    line("transfer_petition_back", "clerk1", transferred_petition, |_, _| json!({"reason": "該所退回"})),
    line("withdraw_petition", "clerk1", petition, |_, _| json!({"reason": "陳情人撤回"})),
    line(
        "file_petition_without_reply",
        "chief1",
        petition,
        |_, _| json!({"filing": {"ground": "NOT_COMPETENT", "sent_also_to": ["彰化縣和美鎮公所"]}, "reason": "非本所權責"}),
    ),
    line("reopen_petition", "director1", replied_petition, |_, _| json!({"new_facts": "另有新事證"})),
    line("close_petition", "clerk1", replied_petition, nothing),
    line("merge_petition", "chief1", petition, |office, _| json!({"into_id": petition(office), "reason": "同一事由"})),
    line("unmerge_petition", "chief1", merged_petition, |_, _| json!({"reason": "並非同一事由"})),
    line(
        "split_petition",
        "chief1",
        petition,
        |_, _| json!({"subject": "路燈", "body": "路燈不亮。", "writer": "PETITIONER", "reason": "一信二事"}),
    ),
    line("lift_retention_hold", "chief1", held_back, |_, _| json!({"reason": "訴訟已終結"})),
    line(
        "approve_disposal",
        "director1",
        disposal,
        |_, _| json!({"document_number": "檔徵字第 1 號", "document_on": "2026-11-20"}),
    ),
    line("take_back_disposal", "chief1", disposal, |_, _| json!({"reason": "目錄有誤"})),
    line("update_petition_publication", "clerk1", publication, |_, _| json!({"ground": "FREQUENT_QUESTION"})),
    line("publish_petition_publication", "chief1", publication, nothing),
    line("withdraw_petition_publication", "clerk1", publication, |_, _| json!({"reason": "尚有可辨識之處"})),
    line("treat_petition_as_appeal", "clerk1", petition_against, |_, _| json!({"reason": "不服駁回處分"})),
    line("answer_inquiry", "clerk1", inquiry, |_, _| crate::inquiries::answer()),
    line("correct_inquiry_answer", "clerk1", answered_inquiry, |_, _| crate::inquiries::correction()),
    line("check_inquiry_answer", "chief1", answered_inquiry, nothing),
    line("close_inquiry", "clerk1", inquiry, |_, _| json!({"reason": "來電中斷"})),
    line("reopen_inquiry", "clerk1", answered_inquiry, |_, _| json!({"reason": "誤登他案"})),
    line("open_petition_from_inquiry", "clerk1", inquiry, |_, _| {
        let mut petition = crate::petitions::letter("RIGHTS");
        petition["confidential"] = json!(false);
        json!({"reason": "要求查明", "petition": petition})
    }),
    line("change_inquiry_contact", "clerk1", inquiry, contact),
    line("update_knowledge_answer", "clerk1", knowledge, |_, _| crate::knowledge::said("門牌遺失怎麼辦？")),
    line("publish_knowledge_answer", "chief1", knowledge, |_, _| json!({"corrects": false})),
    line("discard_knowledge_draft", "clerk1", redrafted_knowledge, |_, _| json!({"reason": "無須修正"})),
    line("confirm_knowledge_answer", "chief1", published_knowledge, nothing),
    line("withdraw_knowledge_answer", "chief1", published_knowledge, |_, _| json!({"reason": "法規已修正"})),
    line("restore_knowledge_answer", "chief1", withdrawn_knowledge, |_, _| json!({"reason": "誤撤"})),
    line("create_on_site_step", "clerk1", on_site, |_, _| json!({"step": "CALMED"})),
    line("take_back_on_site_step", "clerk1", stepped_on_site, |_, _| json!({"line": 1, "reason": "誤登他案"})),
    line("update_on_site_complaint", "clerk1", on_site, |_, _| json!({"what": "等候過久，且無人說明"})),
    line("update_opinion_item", "clerk1", opinion, |_, _| json!({"response": "已增開一櫃。"})),
    line("set_opinion_item_aside", "chief1", opinion, |_, _| json!({"reason": "與本所無涉"})),
    line("reopen_opinion_item", "clerk1", aside_opinion, |_, _| json!({"reason": "誤判"})),
    line("update_improvement_item", "clerk1", improvement, |_, _| json!({"plan": "於官網及現場提供線上叫號"})),
    line("adopt_improvement_item", "chief1", improvement, nothing),
    line("complete_improvement_item", "clerk1", adopted_improvement, |_, _| json!({"result": "已上線", "after": 11})),
    line("check_improvement_item", "chief1", completed_improvement, |_, _| json!({"accept": true})),
    line("drop_improvement_item", "chief1", improvement, |_, _| json!({"reason": "重複"})),
    line("reopen_improvement_item", "chief1", completed_improvement, |_, _| json!({"reason": "成效未如預期"})),
    line("strike_maintenance_record", "chief2", maintained, |_, _| json!({"reason": "誤登他案"})),
    line("strike_spot_check_entry", "chief1", checked, |_, _| json!({"reason": "誤登他案"})),
    line("submit_petition_digest", "clerk1", fresh_month, |_, _| json!({})),
    line("return_petition_digest", "chief1", submitted_month, |_, _| json!({"reason": "請再核對"})),
    line("freeze_petition_digest", "chief1", submitted_month, |_, _| json!({})),
    line("mark_petition_digest_read", "director1", frozen_month, |_, _| json!({})),
    line("correct_petition_digest_remarks", "director1", read_month, |_, _| json!({"remarks": "請於月會檢討", "reason": "誤植"})),
    line("unfreeze_petition_digest", "director1", frozen_month, |_, _| json!({"reason": "統計有誤"})),
    line("update_survey", "chief1", survey, |_, _| surveys::form()),
    line("open_survey", "director1", survey, nothing),
    line("close_survey", "chief1", open_survey, |_, _| json!({"reason": "已足份數"})),
    line("reopen_survey", "chief1", closed_survey, |_, _| json!({"reason": "延長作答"})),
    line("pause_survey_invitations", "chief1", inviting_survey, |_, _| json!({"reason": "題目有誤"})),
    line("resume_survey_invitations", "chief1", paused_survey, |_, _| json!({"reason": "已更正"})),
    line("archive_survey", "chief1", closed_survey, nothing),
    line("restore_survey", "chief1", archived_survey, |_, _| json!({"reason": "誤為歸檔"})),
    line(
        "update_volunteer",
        "clerk1",
        trainee,
        |_, _| json!({"record_book": {"number": "第 21 號", "issued_on": "2026-05-04"}, "reason": "字號誤植"}),
    ),
    line("change_volunteer_contact", "clerk1", trainee, contact),
    line("activate_volunteer", "chief1", trainee, |_, _| json!({"member_from": "2026-11-02", "reason": "實習期滿"})),
    line("deactivate_volunteer", "chief1", full_member, |_, _| json!({"reason": "誤登"})),
    line("suspend_volunteer", "chief1", trainee, |_, _| json!({"reason": "出國"})),
    line("retire_volunteer", "chief1", trainee, |_, _| json!({"reason": "遷居"})),
    line("reinstate_volunteer", "chief1", suspended_volunteer, |_, _| json!({"reason": "返國"})),
    line(
        "correct_volunteer_absence",
        "chief1",
        suspended_volunteer,
        |_, _| json!({"place": 0, "absence": null, "reason": "誤登他人"}),
    ),
    line(
        "merge_volunteer",
        "chief1",
        twin_volunteer,
        |_, read| json!({"into_volunteer_id": read["same_person_ids"][0], "reason": "同一人"}),
    ),
    line("unmerge_volunteer", "chief1", merged_volunteer, |_, _| json!({"reason": "並非同一人"})),
    line(
        "correct_volunteer_entry",
        "clerk1",
        entry,
        |_, _| json!({"training": volunteers::training("BASIC", "2026-02-02"), "reason": "日期誤植"}),
    ),
    line("withdraw_volunteer_entry", "clerk1", entry, |_, _| json!({"reason": "誤登他人"})),
    line("restore_volunteer_entry", "clerk1", withdrawn_entry, |_, _| json!({"reason": "誤撤"})),
    line("confirm_hours", "volunteer1", own_hours, nothing),
    line("dispute_hours", "volunteer1", own_hours, |_, _| json!({"reason": "時數有誤"})),
    line("answer_hours_dispute", "clerk2", disputed_hours, |_, _| json!({"reason": "依簽到單"})),
    line(
        "correct_hours",
        "clerk2",
        hours,
        |_, _| json!({"hours": volunteer_hours::timed("2026-11-20", "09:00", "10:00"), "reason": "誤植"}),
    ),
    line("withdraw_hours", "clerk2", hours, |_, _| json!({"reason": "誤登他人"})),
    line("restore_hours", "clerk2", withdrawn_hours, |_, _| json!({"reason": "誤撤"})),
    line("judge_hours_overlap", "clerk2", hours_elsewhere, |_, _| json!({"overlap": "APART", "reason": "已電洽"})),
    line("withdraw_hour_report", "clerk2", hour_report, |_, _| json!({"reason": "誤送"})),
    line("approve_volunteer_honour", "chief2", honour, nothing),
    line("reject_volunteer_honour", "chief2", honour, |_, _| json!({"reason": "證號不符"})),
    line("withdraw_volunteer_honour", "chief2", honour, |_, _| json!({"reason": "誤登他人"})),
    line("restore_volunteer_honour", "chief2", withdrawn_honour, |_, _| json!({"reason": "誤撤"})),
    line("update_recruitment_plan", "clerk1", recruitment_plan, |_, _| {
        volunteers::with(volunteer_recruitment::plan(), "places", json!(12))
    }),
    line("publish_recruitment_plan", "chief1", recruitment_plan, nothing),
    line("close_recruitment_plan", "chief1", recruitment_plan, |_, _| json!({"reason": "已額滿"})),
    line("reopen_recruitment_plan", "chief1", closed_recruitment_plan, |_, _| json!({"reason": "增額"})),
    line("decide_volunteer_application", "chief1", volunteer_application, |_, _| volunteer_recruitment::acceptance()),
    line("withdraw_volunteer_application", "clerk1", volunteer_application, |_, _| json!({"reason": "來電撤回"})),
    line("reopen_volunteer_application", "chief1", refused_volunteer_application, |_, _| json!({"reason": "重新審酌"})),
    line("change_volunteer_application_contact", "clerk1", volunteer_application, contact),
    line("update_promotion_partner", "clerk1", promotion_partner, |_, _| json!({"note": "請於上午聯絡", "reason": "補登"})),
    line("end_promotion_partner", "clerk1", promotion_partner, |_, _| json!({"ended_on": "2026-11-20", "reason": "辭職"})),
    line("reinstate_promotion_partner", "clerk1", ended_promotion_partner, |_, _| json!({"reason": "誤登"})),
    line("withdraw_promotion_partner", "clerk1", promotion_partner, |_, _| json!({"reason": "誤登"})),
    line("restore_promotion_partner", "clerk1", withdrawn_promotion_partner, |_, _| json!({"reason": "誤撤"})),
    line("change_promotion_partner_contact", "clerk1", promotion_partner, contact),
];

/// One office for all operations, and what is counted up in it.
struct Office {
    app: TestApp,
    people: AtomicU32,
    slots: AtomicU32,
    round: u32,
}

impl Office {
    fn new() -> Self {
        Self { app: TestApp::new(), people: 1_000.into(), slots: 0.into(), round: 0 }
    }

    /// A number under which nobody is known yet.
    fn number(&self) -> u32 {
        self.people.fetch_add(1, Ordering::Relaxed)
    }

    /// A place at the counter that is still free.
    fn slot(&self) -> String {
        let number = self.slots.fetch_add(1, Ordering::Relaxed);
        let (day, place) = (number / 144 % 5, number % 36);
        let minute = 8 * 60 + place * 15;
        format!("COUNTER-202611{}T{:02}{:02}", [24, 25, 26, 27, 30][day as usize], minute / 60, minute % 60)
    }

    /// A day that no round before has touched.
    fn day(&self, first: &str) -> String {
        let first: chrono::NaiveDate = first.parse().unwrap();
        (first + chrono::Days::new(u64::from(self.round))).to_string()
    }

    fn account(&self, user: &str) -> Value {
        self.app.get("/v1/me").user(user).send().expect(200)["id"].clone()
    }

    fn made(&self, user: &str, path: &str, body: &Value) -> Value {
        self.app.post(path).user(user).once().if_match("*").json(body).send().expect(201).clone()
    }

    /// Acts on a record at its present version.
    fn act(&self, user: &str, record: &str, act: &str, body: &Value) {
        let tag = self.app.get(record).user(user).send().etag().to_owned();
        let done = self.app.post(&format!("{record}{act}")).user(user).once().if_match(&tag).json(body).send();
        assert!(done.status < 300, "{record}{act}: {}", done.text);
    }

    /// Equal requests at one moment.
    fn race(&self, method: &'static str, path: &str, user: &str, tag: &str, body: &Value) -> Vec<Answer> {
        let (token, start) = (self.app.token(user), Barrier::new(CLIENTS));
        let send = || {
            let call = self.app.call(method, path).bearer(&token).once().if_match(tag);
            let call = if body.is_null() { call } else { call.json(body) };
            start.wait();
            call.send()
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

fn nothing(_: &Office, _: &Value) -> Value {
    Value::Null
}

/// Somebody whom a clerk has met.
fn met(office: &Office) -> String {
    let case = take(&office.app, "clerk1", &birth(office.number())).expect(201).clone();
    case["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

/// A protection mark that stands.
fn marked(office: &Office) -> String {
    let order = json!({"number": "彰化地方法院 115 年度家護字第 12 號", "dated_on": "2026-11-20"});
    let body = json!({
        "ground": "FAMILY_VIOLENCE_ORDER", "order": order, "barred": [person(office.number())], "from_on": "2026-11-20",
        "until_on": "2028-11-19", "reason": "法院核發保護令"
    });
    id(&office.made("clerk1", &format!("/v1/people/{}/protection-marks", met(office)), &body))
}

/// A protection mark that somebody has asked to lift.
fn lift_asked(office: &Office) -> String {
    let mark = marked(office);
    office.act("clerk1", &format!("/v1/protection-marks/{mark}"), ":lift", &json!({"reason": "保護令撤銷"}));
    mark
}

/// A record that is joined to another.
fn joined(office: &Office) -> String {
    let (one, other) = (met(office), met(office));
    let paper = json!({"kind": "COURT_RULING", "number": "115 年度訴字第 1 號"});
    let body = json!({"into_person_id": other, "document": paper, "reason": "同一人"});
    office.act("clerk1", &format!("/v1/people/{one}"), ":join", &body);
    one
}

/// Somebody of whom a paper says something.
fn shown(office: &Office) -> String {
    let one = met(office);
    let paper = json!({"kind": "ID_CARD", "number": "製證字第 1 號"});
    office.act("clerk1", &format!("/v1/people/{one}"), ":settle", &json!({"birth_on": "1990", "document": paper, "reason": "x"}));
    one
}

/// A proof of identity that stands.
fn proof(office: &Office) -> String {
    let (number, password) = (office.number(), "Tulpe-regnet-um-9");
    let (who, username) = (person(number), format!("owner-{number}"));
    let body = json!({
        "username": username, "password": password, "name": who["name"], "national_id": who["national_id"], "birth_on": "1990-05-04"
    });
    office.app.post("/v1/auth/register").json(&body).send().expect(201);
    let login = office.app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send();
    let token = login.expect(200)["access_token"].as_str().unwrap().to_owned();
    let code = office.app.post("/v1/me/identity-code").bearer(&token).send().expect(200)["code"].clone();
    let paper = crate::known::card(&who);
    let person = json!({"name": who["name"], "national_id": who["national_id"]});
    id(&office.made("clerk1", "/v1/identity-proofs", &json!({"code": code, "document": paper, "person": person})))
}

fn pending_user(office: &Office) -> String {
    let body = json!({"username": format!("racer-{}", office.number()), "name": "林承辦", "roles": ["CLK"]});
    id(&office.made("admin1", "/v1/users", &body))
}

fn active_user(office: &Office) -> String {
    let user = pending_user(office);
    office.app.post(&format!("/v1/users/{user}:approve")).user("director1").if_match("\"v1\"").send().expect(200);
    user
}

fn suspended_user(office: &Office) -> String {
    let user = pending_user(office);
    office.app.post(&format!("/v1/users/{user}:suspend")).user("admin1").if_match("\"v1\"").send().expect(200);
    user
}

fn client(office: &Office) -> String {
    let body = json!({"name": format!("client-{}", office.number()), "scopes": [], "expires_on": "2029-12-31"});
    id(&office.made("admin1", "/v1/clients", &body))
}

fn pending_client(office: &Office) -> String {
    let body = json!({"name": format!("client-{}", office.number()), "scopes": ["audit.read"], "expires_on": "2029-12-31"});
    id(&office.made("admin1", "/v1/clients", &body))
}

/// An agency for which a new secret waits.
fn asking_agency(office: &Office) -> String {
    office.app.post("/v1/agencies/NHI:rotate-secret").user("admin1").if_match("*").send().expect(200);
    "NHI".to_owned()
}

fn closure(office: &Office) -> String {
    let body = json!({"date": office.day("2027-06-01"), "part": "ALL", "reason": "颱風"});
    id(&office.made("chief1", "/v1/calendar/closures", &body))
}

fn hold(office: &Office) -> String {
    id(&office.made("clerk1", "/v1/holds", &json!({"slot_id": office.slot()})))
}

fn booked(office: &Office) -> String {
    id(office.app.book_for(office.number(), &office.slot()).expect(201))
}

fn cancelled(office: &Office) -> String {
    let id = booked(office);
    office.act("clerk1", &format!("/v1/bookings/{id}"), ":cancel", &json!({}));
    id
}

/// A booking of today at a time (UTC).
fn booked_today(office: &Office, at: &str) -> String {
    let id = booked(office);
    let times = format!("starts_at = '2026-11-23 {at}:00', ends_at = '2026-11-23 {at}:00'");
    office.app.sql(&format!("UPDATE bookings SET {times} WHERE id = '{id}'"));
    id
}

fn checked_in(office: &Office) -> String {
    let id = booked_today(office, "00:50");
    office.act("clerk1", &format!("/v1/bookings/{id}"), ":check-in", &json!({}));
    id
}

fn waiting(office: &Office) -> String {
    let person = person(office.number());
    let body = json!({"service": "LEGAL_CONSULTATION", "from": "2026-11-25", "to": "2026-11-30", "person": person});
    id(&office.made("clerk1", "/v1/waitlist", &body))
}

/// A place on the waiting list that was given up.
fn left(office: &Office) -> String {
    let id = waiting(office);
    office.act("clerk1", &format!("/v1/waitlist/{id}"), ":give-up", &json!({"reason": "當事人來電取消"}));
    id
}

/// A place on the waiting list to which a slot is offered.
fn offered(office: &Office) -> String {
    office.app.sql("DELETE FROM claims");
    office.app.sql("UPDATE waitlist SET status = 'CANCELLED' WHERE status IN ('WAITING', 'OFFERED')");
    let booked = id(office.app.book_for(office.number(), WEDNESDAY_9).expect(201));
    let place = waiting(office);
    let cancel = office.app.post(&format!("/v1/bookings/{booked}:cancel")).user("clerk1").if_match("*");
    cancel.json(&json!({})).send().expect(200);
    place
}

fn contact(_: &Office, _: &Value) -> Value {
    json!({"contact": {"phone": "04-7551234"}, "reason": "當事人來電更正"})
}

/// A consultation that is booked.
fn consultation(office: &Office) -> String {
    // The desks have few seats: each round begins with all of them free.
    office.app.sql("DELETE FROM claims");
    let mut body = booking(WEDNESDAY_9);
    body["person"] = person(office.number());
    id(&office.made("clerk1", "/v1/bookings", &body))
}

fn referral(office: &Office) -> String {
    let path = format!("/v1/consultations/{}/referrals", consultation(office));
    id(&office.made("clerk1", &path, &json!({"reason": "需面談", "consent": true})))
}

/// A consultation whose slot has come.
fn consulted(office: &Office) -> String {
    let id = consultation(office);
    let times = "starts_at = '2026-11-23 00:30:00', ends_at = '2026-11-23 01:30:00'";
    office.app.sql(&format!("UPDATE bookings SET {times} WHERE id = '{id}'"));
    id
}

fn letter(office: &Office) -> String {
    let body = json!({
        "proxy_username": "proxy1", "principal": person(office.number()), "scope": "BOOKING", "valid_from": "2026-11-23",
        "valid_to": "2026-12-31"
    });
    id(&office.made("clerk1", "/v1/letters-of-proxy", &body))
}

/// A mail about a case, of which that has become.
fn mail(office: &Office, status: &str) -> String {
    let about = format!("cases/{}", accepted(office));
    let id = office.app.mail("someone@example.org", &about, ("通知", "內文"));
    office.app.sql(&format!("UPDATE mails SET status = '{status}' WHERE id = '{id}'"));
    id
}

/// A delivery that the agency has rejected.
fn rejected(office: &Office) -> String {
    let case = moved(&office.app, office.number());
    let delivery = id(&notify(&office.app, &case, &["LAND"]).expect(201)["deliveries"][0]);
    let land = office.app.client_token("agency-land");
    while office.app.get("/v1/agency-queue?limit=100").bearer(&land).send().expect(200)["next"].is_string() {}
    let path = format!("/v1/agency-queue/{delivery}:reject");
    office.app.post(&path).bearer(&land).once().json(&json!({"reason": "查無地籍"})).send().expect(200);
    delivery
}

fn case_type(_: &Office, read: &Value) -> Value {
    let mut rules = read.clone();
    for member in ["code", "version", "valid_from", "party_roles"] {
        rules.as_object_mut().unwrap().remove(member);
    }
    json!({"valid_from": "2026-11-23", "reason": "簡化", "rules": rules})
}

fn draft(office: &Office) -> String {
    let mut body = birth(office.number());
    body["draft"] = json!(true);
    id(take(&office.app, "clerk1", &body).expect(201))
}

fn accepted(office: &Office) -> String {
    id(take(&office.app, "clerk1", &birth(office.number())).expect(201))
}

fn submitted(office: &Office) -> String {
    let id = accepted(office);
    office.act("clerk1", &format!("/v1/cases/{id}"), ":submit-for-review", &json!({}));
    id
}

fn refused(office: &Office) -> String {
    let id = accepted(office);
    office.act("clerk1", &format!("/v1/cases/{id}"), ":refuse", &json!({"reason": "未補正"}));
    id
}

fn registered_case(office: &Office) -> String {
    id(&registered(&office.app, &birth(office.number())))
}

fn revoked_case(office: &Office) -> String {
    let id = registered_case(office);
    office.act("clerk1", &format!("/v1/cases/{id}"), ":revoke", &json!({"reason": "重複登記", "office_error": false}));
    office.act("chief1", &format!("/v1/cases/{id}"), ":approve-change", &json!({}));
    id
}

fn correction() -> Value {
    json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "依證明更正", "office_error": true})
}

fn changed(office: &Office) -> String {
    let id = registered_case(office);
    office.act("clerk1", &format!("/v1/cases/{id}"), ":correct", &correction());
    id
}

fn married_by_proxy(office: &Office) -> String {
    let number = office.number();
    let (mut one, mut other, mut applicant) = (person(number), female(number), person(number));
    (one["role"], other["role"]) = (json!("SPOUSE"), json!("SPOUSE"));
    (one["birth_on"], other["birth_on"]) = (json!("1990-01-01"), json!("1991-01-01"));
    applicant["relation"] = json!("BOTH_PARTIES");
    let mut proxy = person(9);
    (proxy["reason"], proxy["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    let body = json!({
        "type_code": "MARRIAGE", "parties": [one, other], "applicant": applicant, "proxy": proxy, "event_on": "2026-11-23",
        "fields": {"kind": "MARRIAGE", "abroad": false, "witnesses": [person(3), person(4)]},
        "papers": ([papers_of(&office.app, "MARRIAGE"), vec![json!("POWER_OF_ATTORNEY"), json!("PROXY_ID")]].concat())
    });
    id(take(&office.app, "clerk1", &body).expect(201))
}

fn without_papers(office: &Office) -> String {
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", office.number(), fields, &[]);
    body["applicant"]["relation"] = json!("OWNER");
    id(take(&office.app, "clerk1", &body).expect(201))
}

fn told(office: &Office) -> String {
    let id = without_papers(office);
    office.act("clerk1", &format!("/v1/cases/{id}"), "/one-time-notice", &json!({}));
    id
}

fn certificate(office: &Office) -> String {
    let number = office.app.citizen_number(1);
    let body = json!({
        "kind": "TRANSCRIPT_ZH", "person": {"name": "王示範", "national_id": number},
        "applicant": {"name": "王示範", "national_id": number, "relation": "SELF"}, "purpose": "就學", "copies": 1
    });
    id(&office.made("citizen1", "/v1/certificates", &body))
}

fn petition_of(office: &Office, body: &Value) -> String {
    crate::petitions::take(&office.app, Some("clerk1"), body).path.rsplit('/').next().unwrap().to_owned()
}

fn petition(office: &Office) -> String {
    petition_of(office, &crate::petitions::letter("SUGGESTION"))
}

fn spoken_petition(office: &Office) -> String {
    petition_of(office, &crate::petitions::with(crate::petitions::letter("SUGGESTION"), "channel", json!("COUNTER")))
}

fn nameless_petition(office: &Office) -> String {
    petition_of(office, &crate::petitions::with(crate::petitions::letter("SUGGESTION"), "petitioner", Value::Null))
}

fn petition_against(office: &Office) -> String {
    let decision = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"});
    petition_of(office, &crate::petitions::with(crate::petitions::letter("RIGHTS"), "against_decision", decision))
}

/// A letter that waits to be printed.
fn outgoing_letter(office: &Office) -> String {
    let path = format!("/v1/outgoing-letters?about=petitions/{}", petition_against(office));
    id(&office.app.get(&path).user("clerk1").send().expect(200)["items"][0])
}

fn printed_letter(office: &Office) -> String {
    let letter = outgoing_letter(office);
    let path = format!("/v1/outgoing-letters/{letter}");
    let tag = office.app.get(&path).user("clerk1").send().etag().to_owned();
    office.app.post(&format!("{path}:mark-printed")).user("clerk1").once().if_match(&tag).send().expect(200);
    letter
}

/// A petition on which somebody has acted.
fn acted(office: &Office, id: String, user: &str, act: &str, body: &Value) -> String {
    let path = format!("/v1/petitions/{id}");
    let tag = office.app.get(&path).user(user).send().etag().to_owned();
    office.app.post(&format!("{path}:{act}")).user(user).once().if_match(&tag).json(body).send().expect(200);
    id
}

fn merged_petition(office: &Office) -> String {
    let body = json!({"into_id": petition(office), "reason": "同一事由"});
    acted(office, petition(office), "chief1", "merge", &body)
}

fn assigned_petition(office: &Office) -> String {
    acted(office, petition(office), "chief1", "assign", &json!({"handler_id": office.account("clerk1")}))
}

fn signed_petition(office: &Office) -> String {
    acted(office, spoken_petition(office), "chief1", "sign", &json!({}))
}

fn awaiting_petition(office: &Office) -> String {
    let body = json!({"what": "請敘明地點", "due_on": "2026-12-04"});
    acted(office, assigned_petition(office), "clerk1", "request-supplement", &body)
}

fn supplemented_petition(office: &Office) -> String {
    acted(office, assigned_petition(office), "clerk1", "supplement", &json!({"text": "地點在一樓"}))
}

fn extended_petition(office: &Office) -> String {
    let asked = acted(office, assigned_petition(office), "clerk1", "extend", &json!({"days": 5, "reason": "須查證"}));
    acted(office, asked, "chief1", "extend", &json!({"approve": true}))
}

fn drafted_petition(office: &Office) -> String {
    acted(office, assigned_petition(office), "clerk1", "draft-reply", &crate::petitions::draft("FINAL"))
}

fn approved_petition(office: &Office) -> String {
    acted(office, drafted_petition(office), "chief1", "approve-reply", &json!({"draft": 1, "approve": true}))
}

fn replied_petition(office: &Office) -> String {
    acted(office, approved_petition(office), "clerk1", "reply", &json!({}))
}

fn held_back(office: &Office) -> String {
    let body = json!({"record": format!("petitions/{}", petition(office)), "reason": "訴訟進行中"});
    id(&office.made("chief1", "/v1/retention-holds", &body))
}

fn disposal(office: &Office) -> String {
    let old = acted(office, petition(office), "chief1", "withdraw", &json!({"reason": "陳情人撤回"}));
    office.app.sql(&format!("UPDATE petitions SET closed_at = '2019-06-03 01:00:00' WHERE id = '{old}'"));
    id(&office.made("chief1", "/v1/disposals", &json!({"records": [format!("petitions/{old}")]})))
}

fn publication(office: &Office) -> String {
    let body = json!({"petition_id": replied_petition(office), "ground": "OPEN_LETTER"});
    id(&office.made("clerk1", "/v1/petition-publications", &body))
}

fn transferred_petition(office: &Office) -> String {
    acted(office, petition(office), "clerk1", "transfer", &json!({"to": "彰化縣和美鎮公所", "reason": "非本所權責"}))
}

fn refused_certificate(office: &Office) -> String {
    let id = certificate(office);
    office.act("clerk2", &format!("/v1/certificates/{id}"), ":refuse", &json!({"reason": "未附證明"}));
    id
}

fn issued(office: &Office) -> String {
    let who = person(office.number());
    let mut applicant = who.clone();
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1});
    id(&office.made("clerk1", "/v1/certificates", &body))
}

fn voided(office: &Office) -> String {
    let id = issued(office);
    office.act("clerk2", &format!("/v1/certificates/{id}"), ":void", &json!({"reason": "誤印"}));
    id
}

fn plan(office: &Office) -> String {
    id(&office.made("chief2", "/v1/spot-check-plans", &json!({"period": "115-11"})))
}

/// The one of a list's items that a member tells.
fn listed(office: &Office, list: &str, member: &str, value: &str) -> Value {
    let (mut path, mark) = (list.to_owned(), if list.contains('?') { '&' } else { '?' });
    loop {
        let page = office.app.get(&path).user("director1").send().expect(200).clone();
        if let Some(found) = page["items"].as_array().unwrap().iter().find(|item| item[member] == value) {
            return found.clone();
        }
        path = format!("{list}{mark}cursor={}", page["next"].as_str().expect("it is in the list"));
    }
}

/// An error that a reviewer has proposed.
fn error(office: &Office) -> String {
    let case = submitted(office);
    let body = json!({"result": "ERROR", "findings": [finding()["finding"]]});
    office.act("reviewer1", &format!("/v1/cases/{case}"), "/reviews", &body);
    id(&listed(office, "/v1/quality/errors", "case_id", &case))
}

/// A line of a book as its address names it.
fn line_of(entry: &Value) -> String {
    format!("{}/{}", entry["roc_year"], entry["number"])
}

fn maintained(office: &Office) -> String {
    let case = changed(office);
    office.act("chief1", &format!("/v1/cases/{case}"), ":approve-change", &json!({}));
    line_of(&listed(office, "/v1/record-books/maintenance", "case_id", &case))
}

fn checked(office: &Office) -> String {
    let check = found(office);
    line_of(&listed(office, "/v1/record-books/spot-checks", "spot_check_id", &check))
}

fn spot_check(office: &Office) -> String {
    registered_case(office);
    let draw = office.made("chief2", &format!("/v1/spot-check-plans/{}/draws", plan(office)), &json!({}));
    let drawn = office.app.get(&format!("/v1/spot-checks?draw_id={}&limit=1", id(&draw))).user("chief2").send();
    id(&drawn.expect(200)["items"][0])
}

fn finding() -> Value {
    let finding = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"});
    json!({"result": "ERROR", "finding": finding})
}

fn found(office: &Office) -> String {
    let id = spot_check(office);
    office.act("chief2", &format!("/v1/spot-checks/{id}"), "/findings", &finding());
    id
}

fn agency(_: &Office, read: &Value) -> Value {
    let mut body = read.clone();
    body.as_object_mut().unwrap().remove("code");
    body
}

fn notice(office: &Office) -> String {
    let case = moved(&office.app, office.number());
    id(notify(&office.app, &case, &["LAND", "LOCAL_TAX"]).expect(201))
}

/// The key at the end of an address.
fn key_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

fn inquiry(office: &Office) -> String {
    let body = crate::inquiries::with(crate::inquiries::online(json!({"phone": "0912345678"})), "channel", json!("EMAIL"));
    key_of(&crate::inquiries::ask(&office.app, Some("clerk1"), &body).path)
}

fn answered_inquiry(office: &Office) -> String {
    let id = inquiry(office);
    office.act("clerk1", &format!("/v1/inquiries/{id}"), ":answer", &crate::inquiries::answer());
    id
}

fn knowledge(office: &Office) -> String {
    key_of(&crate::knowledge::draft(&office.app, "clerk1", "門牌如何補發？"))
}

fn published_knowledge(office: &Office) -> String {
    key_of(&crate::knowledge::published(&office.app, "門牌如何補發？"))
}

fn redrafted_knowledge(office: &Office) -> String {
    let id = published_knowledge(office);
    let path = format!("/v1/knowledge-answers/{id}");
    let tag = office.app.get(&path).user("clerk1").send().etag().to_owned();
    let body = crate::knowledge::said("門牌如何線上補發？");
    office.app.call("PUT", &path).user("clerk1").if_match(&tag).json(&body).send().expect(200);
    id
}

fn withdrawn_knowledge(office: &Office) -> String {
    let id = published_knowledge(office);
    office.act("chief1", &format!("/v1/knowledge-answers/{id}"), ":withdraw", &json!({"reason": "法規已修正"}));
    id
}

fn on_site(office: &Office) -> String {
    key_of(&crate::on_site::enter(&office.app, "clerk1", &crate::on_site::complaint()))
}

fn stepped_on_site(office: &Office) -> String {
    let id = on_site(office);
    office.act("clerk1", &format!("/v1/on-site-complaints/{id}"), "/steps", &json!({"step": "CALMED"}));
    id
}

fn opinion(office: &Office) -> String {
    id(&office.made("clerk1", "/v1/opinion-items", &crate::improvements::cutting()))
}

fn aside_opinion(office: &Office) -> String {
    let id = opinion(office);
    office.act("chief1", &format!("/v1/opinion-items/{id}"), ":set-aside", &json!({"reason": "與本所無涉"}));
    id
}

fn improvement(office: &Office) -> String {
    id(&office.made("clerk1", "/v1/improvement-items", &crate::improvements::proposal()))
}

fn adopted_improvement(office: &Office) -> String {
    let id = improvement(office);
    office.act("chief1", &format!("/v1/improvement-items/{id}"), ":adopt", &Value::Null);
    id
}

fn completed_improvement(office: &Office) -> String {
    let id = adopted_improvement(office);
    office.act("clerk1", &format!("/v1/improvement-items/{id}"), ":complete", &json!({"result": "已上線", "after": 11}));
    id
}

/// A month of which nobody has made a digest yet.
fn fresh_month(office: &Office) -> String {
    let first: chrono::NaiveDate = "1950-01-01".parse().unwrap();
    let month = first.checked_add_months(chrono::Months::new(office.number() - 1_000)).unwrap();
    month.format("%Y-%m").to_string()
}

fn submitted_month(office: &Office) -> String {
    let month = fresh_month(office);
    office.act("clerk1", &format!("/v1/digests/petitions/{month}"), ":submit", &json!({}));
    month
}

fn frozen_month(office: &Office) -> String {
    let month = submitted_month(office);
    office.act("chief1", &format!("/v1/digests/petitions/{month}"), ":freeze", &json!({}));
    month
}

fn read_month(office: &Office) -> String {
    let month = frozen_month(office);
    office.act("director1", &format!("/v1/digests/petitions/{month}"), ":mark-read", &json!({}));
    month
}

fn survey(office: &Office) -> String {
    id(&office.made("chief1", "/v1/surveys", &surveys::form()))
}

fn open_survey(office: &Office) -> String {
    let id = survey(office);
    office.act("director1", &format!("/v1/surveys/{id}"), ":open", &Value::Null);
    id
}

fn inviting_survey(office: &Office) -> String {
    let mut form = surveys::form();
    form["sent_after"] = json!(["BOOKING_DONE"]);
    let id = id(&office.made("chief1", "/v1/surveys", &form));
    office.act("director1", &format!("/v1/surveys/{id}"), ":open", &Value::Null);
    id
}

fn paused_survey(office: &Office) -> String {
    let id = inviting_survey(office);
    office.act("chief1", &format!("/v1/surveys/{id}"), ":pause-invitations", &json!({"reason": "題目有誤"}));
    id
}

fn closed_survey(office: &Office) -> String {
    let id = open_survey(office);
    office.act("chief1", &format!("/v1/surveys/{id}"), ":close", &json!({"reason": "已足份數"}));
    id
}

fn archived_survey(office: &Office) -> String {
    let id = closed_survey(office);
    office.act("chief1", &format!("/v1/surveys/{id}"), ":archive", &Value::Null);
    id
}

/// The operations that take `If-Match`, as (operation, method, path).
fn versioned() -> BTreeMap<String, (&'static str, String)> {
    let takes_tag = |parameter: &Value| {
        let shared = parameter["$ref"].as_str().and_then(|reference| contract().pointer(&reference[1..]));
        shared.unwrap_or(parameter)["name"] == "If-Match"
    };
    let found = operations().iter().filter(|(_, _, operation)| {
        operation["parameters"].as_array().is_some_and(|parameters| parameters.iter().any(takes_tag))
    });
    let method = |name: &str| ["POST", "PUT", "PATCH", "DELETE"].into_iter().find(|known| *known == name).unwrap();
    found
        .map(|(path, name, operation)| {
            (operation["operationId"].as_str().unwrap().to_owned(), (method(name), (*path).to_owned()))
        })
        .collect()
}

#[test]
fn every_versioned_operation_is_put_to_the_test() {
    let lines: BTreeSet<String> = TABLE.iter().map(|line| line.operation.to_owned()).collect();
    let operations: BTreeSet<String> = versioned().into_keys().collect();
    let missing: Vec<&String> = operations.difference(&lines).collect();
    assert!(missing.is_empty(), "versioned, and not in the table of this test: {missing:?}");
    let left_over: Vec<&String> = lines.difference(&operations).collect();
    assert!(left_over.is_empty(), "in the table, and not versioned: {left_over:?}");
}

/// The address of a record that is ready for an operation, and that of the operation on it.
fn addresses(office: &Office, line: &Line, pattern: &str) -> (String, String) {
    let key = (line.ready)(office);
    let last = if pattern.contains("{number}") { "{number}" } else { "}" };
    let end = pattern.find(last).unwrap() + last.len();
    let record = format!("{}{key}", &pattern[..pattern.find('{').unwrap()]);
    let path = format!("{record}{}", pattern[end..].replace("{n}", "1"));
    // A consultation is a booking.
    (record.replace("/v1/consultations/", if path.ends_with("/outcome") { "/v1/bookings/" } else { "/v1/consultations/" }), path)
}

/// A volunteer in training.
fn trainee(office: &Office) -> String {
    id(&office.made("clerk1", "/v1/volunteers", &volunteers::volunteer(office.number())))
}

fn full_member(office: &Office) -> String {
    let one = trainee(office);
    let activation = json!({"member_from": "2026-11-02", "reason": "實習期滿"});
    office.act("clerk2", &format!("/v1/volunteers/{one}"), ":activate", &activation);
    one
}

fn suspended_volunteer(office: &Office) -> String {
    let one = trainee(office);
    office.act("clerk1", &format!("/v1/volunteers/{one}"), ":suspend", &json!({"reason": "出國"}));
    one
}

/// A volunteer who has retired, and whose person has another record as a volunteer.
fn twin_volunteer(office: &Office) -> String {
    let made = || office.made("clerk1", "/v1/volunteers", &volunteers::volunteer(office.number()));
    let (one, other) = (made(), made());
    office.act("clerk1", &volunteers::at(&one), ":retire", &json!({"reason": "遷居"}));
    let [person, into] = [&one, &other].map(|volunteer| volunteer["person_id"].as_str().unwrap().to_owned());
    let joined = crate::records::join(&office.app, &person, &into);
    assert_eq!(joined.status, 200, "{}", joined.text);
    id(&one)
}

fn merged_volunteer(office: &Office) -> String {
    let one = twin_volunteer(office);
    let path = format!("/v1/volunteers/{one}");
    let other = office.app.get(&path).user("clerk1").send().expect(200)["same_person_ids"][0].clone();
    office.act("clerk1", &path, ":merge", &json!({"into_volunteer_id": other, "reason": "同一人"}));
    one
}

/// An entry of a volunteer.
fn entry(office: &Office) -> String {
    let path = format!("/v1/volunteers/{}/trainings", trainee(office));
    id(&office.made("clerk1", &path, &volunteers::training("BASIC", "2026-02-01")))
}

fn withdrawn_entry(office: &Office) -> String {
    let one = entry(office);
    office.act("clerk1", &format!("/v1/volunteer-entries/{one}"), ":withdraw", &json!({"reason": "誤登他人"}));
    one
}

/// A line of hours.
fn hours(office: &Office) -> String {
    let path = format!("/v1/volunteers/{}/hours", full_member(office));
    id(&office.made("clerk1", &path, &volunteer_hours::timed("2026-11-20", "09:00", "12:00")))
}

fn hours_elsewhere(office: &Office) -> String {
    let path = format!("/v1/volunteers/{}/hours", full_member(office));
    id(&office.made("clerk1", &path, &volunteer_hours::elsewhere("2026-11-20", 60, "FIRE")))
}

/// A line of hours of the volunteer who says whether it is right.
fn own_hours(office: &Office) -> String {
    let path = volunteer_hours::own_record(&office.app);
    id(&office.made("clerk1", &format!("{path}/hours"), &volunteer_hours::timed("2026-11-20", "09:00", "12:00")))
}

fn disputed_hours(office: &Office) -> String {
    let one = own_hours(office);
    office.act("volunteer1", &format!("/v1/hours/{one}"), ":dispute", &json!({"reason": "時數有誤"}));
    one
}

fn withdrawn_hours(office: &Office) -> String {
    let one = hours(office);
    office.act("clerk1", &format!("/v1/hours/{one}"), ":withdraw", &json!({"reason": "誤登他人"}));
    one
}

/// A batch of a line that counts, of the demo's first volunteer.
fn hour_report(office: &Office) -> String {
    let number = office.number();
    let path = volunteer_hours::own_record(&office.app);
    // Each on a day of its own, since what overlaps does not count and is not reported.
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(u64::from(number % 300));
    let line = volunteer_hours::timed(&day.to_string(), "13:00", "14:00");
    let line = office.made("clerk1", &format!("{path}/hours"), &line);
    let lines = json!([{"hour_id": line["id"], "outcome": "TAKEN"}]);
    id(&office.made("clerk1", "/v1/hour-reports", &json!({"reported_on": "2026-11-23", "lines": lines})))
}

/// An honour that nobody has approved yet.
fn honour(office: &Office) -> String {
    let path = format!("/v1/volunteers/{}/honours", full_member(office));
    id(&office.made("chief1", &path, &volunteer_honours::card("2023-04-10", "2026-04-09")))
}

fn withdrawn_honour(office: &Office) -> String {
    let one = honour(office);
    office.act("chief2", &format!("/v1/volunteer-honours/{one}"), ":withdraw", &json!({"reason": "誤登他人"}));
    one
}

fn recruitment_plan(office: &Office) -> String {
    id(&office.made("clerk1", "/v1/recruitment-plans", &volunteer_recruitment::plan()))
}

fn closed_recruitment_plan(office: &Office) -> String {
    let one = recruitment_plan(office);
    office.act("chief1", &format!("/v1/recruitment-plans/{one}"), ":close", &json!({"reason": "已額滿"}));
    one
}

fn volunteer_application(office: &Office) -> String {
    let plan = volunteer_recruitment::published(&office.app);
    let body = volunteer_recruitment::application(&plan, office.number());
    id(&office.made("clerk1", "/v1/volunteer-applications", &body))
}

fn refused_volunteer_application(office: &Office) -> String {
    let one = volunteer_application(office);
    let refusal = json!({"accept": false, "reason": "條件不符"});
    office.act("clerk2", &format!("/v1/volunteer-applications/{one}"), ":decide", &refusal);
    one
}

/// The head of a neighbourhood that no other one has had.
fn promotion_partner(office: &Office) -> String {
    let number = office.number();
    let mut body = crate::promotion_partners::head();
    (body["office"], body["neighbourhood"]) = (json!("NEIGHBOURHOOD_HEAD"), json!(1 + number % 99));
    body["village_code"] = json!(format!("10007030-{:03}", 1 + number / 99 % 32));
    id(&office.made("clerk1", "/v1/promotion-partners", &body))
}

fn ended_promotion_partner(office: &Office) -> String {
    let one = promotion_partner(office);
    let ending = json!({"ended_on": "2026-11-20", "reason": "辭職"});
    office.act("clerk1", &format!("/v1/promotion-partners/{one}"), ":end", &ending);
    one
}

fn withdrawn_promotion_partner(office: &Office) -> String {
    let one = promotion_partner(office);
    office.act("clerk1", &format!("/v1/promotion-partners/{one}"), ":withdraw", &json!({"reason": "誤登"}));
    one
}

/// One round of one operation; what went wrong, if anything did.
fn round(office: &Office, line: &Line, method: &'static str, pattern: &str) -> Option<String> {
    let (record, path) = addresses(office, line, pattern);
    let read = office.app.get(&record).user(reader(line)).send();
    let body = (line.body)(office, read.expect(200));
    let answers = office.race(method, &path, line.user, read.etag(), &body);
    let won = answers.iter().filter(|answer| answer.status < 300).count();
    let lost = |answer: &&Answer| (answer.status, answer.body["code"].as_str()) == (412, Some("version_mismatch"));
    let told = answers.iter().filter(lost).count();
    // What is gone is gone, whoever says so again.
    if (won, told) == if method == "DELETE" { (CLIENTS, 0) } else { (1, CLIENTS - 1) } {
        return None;
    }
    let outcomes: Vec<String> =
        answers.iter().map(|a| format!("{} {}", a.status, a.body["code"].as_str().unwrap_or(""))).collect();
    Some(format!("{}: {}", line.operation, outcomes.join(", ")))
}

#[test]
fn a_change_names_a_version_and_no_stale_one_and_tells_the_new_one() {
    let mut office = Office::new();
    let versioned = versioned();
    office.round = rounds();
    for line in &TABLE {
        let (method, pattern) = &versioned[line.operation];
        let (record, path) = addresses(&office, line, pattern);
        let read = office.app.get(&record).user(reader(line)).send();
        let body = (line.body)(&office, read.expect(200));
        let call = || {
            let call = office.app.call(method, &path).user(line.user).once();
            if body.is_null() { call } else { call.json(&body) }
        };
        let at = line.operation;
        assert_eq!(call().send().status, 428, "{at}");
        assert_eq!(call().if_match("\"v900\"").send().status, 412, "{at}");
        let bare = format!("\"v{}\"", version(&read));
        let tag = if WHOLE.contains(&at) { read.etag() } else { bare.as_str() };
        if WHOLE.contains(&at) {
            assert_eq!(call().if_match(&bare).send().status, 412, "{at}");
        }
        let done = call().if_match(tag).send();
        assert!(done.status < 300, "{at}: {}", done.text);
        let now = office.app.get(&record).user(reader(line)).send();
        if now.status == 200 && done.status == 200 && done.body["id"] == now.body["id"] {
            assert!(version(&now) > version(&read), "{at}");
            // An answer that shows another record than the one acted upon has that one's version.
            assert!(done.body["id"].is_null() || version(&done) == version(&now), "{at}: {} {}", done.etag(), now.etag());
        }
    }
}

/// Operations that stand for figures, which change without a version: they name all that was read.
const WHOLE: [&str; 2] = ["submit_petition_digest", "freeze_petition_digest"];

/// Who reads the record, and so its tag.
fn reader(line: &Line) -> &'static str {
    match line.operation {
        "delete_hold" | "submit_petition_digest" => "clerk1",
        "freeze_petition_digest" => "chief1",
        "update_agency" => "admin1",
        _ => "director1",
    }
}

#[test]
fn of_equal_changes_at_once_one_is_made_and_the_others_are_told_412() {
    let mut office = Office::new();
    let versioned = versioned();
    let mut wrong = Vec::new();
    for round_number in 0..rounds() {
        office.round = round_number;
        for line in &TABLE {
            let (method, pattern) = &versioned[line.operation];
            wrong.extend(round(&office, line, method, pattern));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rounds went wrong:\n{}", wrong.len(), rounds() as usize * TABLE.len(), wrong.join("\n"));
}

/// Whether a member of a PATCH may be cleared.
fn may_be_empty(member: &Value) -> bool {
    let null = json!("null");
    member["type"].as_array().is_some_and(|kinds| kinds.contains(&null))
        || member["oneOf"].as_array().is_some_and(|choices| choices.iter().any(|choice| choice["type"] == null))
}

#[test]
fn a_patch_that_changes_nothing_leaves_no_trace_and_null_clears_only_what_may_be_empty() {
    let office = Office::new();
    let (mut tried, mut cleared) = (0, Vec::new());
    for (operation, (method, pattern)) in versioned() {
        if method != "PATCH" {
            continue;
        }
        let line = TABLE.iter().find(|line| line.operation == operation).unwrap();
        let (record, path) = addresses(&office, line, &pattern);
        let read = || office.app.get(&record).user(reader(line)).send();
        let patch =
            |tag: &str, body: &Value| office.app.call("PATCH", &path).user(line.user).once().if_match(tag).json(body).send();
        let send = |body: &Value| patch(read().etag(), body);
        let schema = &contract()["components"]["schemas"][crate::contract::body_of(&operation)];
        for (name, member) in schema["properties"].as_object().unwrap() {
            let answer = send(&json!({name: null}));
            if may_be_empty(member) {
                let invalid = answer.body["errors"][0]["code"] == "invalid_type";
                assert!(!invalid && matches!(answer.status, 200 | 422), "{operation} {name}: {}", answer.text);
                cleared.push(name.clone());
            } else {
                answer.refused(422, "invalid");
                assert!(
                    answer.fields().contains(&(format!("/{name}"), "invalid_type".to_owned())),
                    "{operation}: {}",
                    answer.text
                );
            }
        }
        let change = (line.body)(&office, &Value::Null);
        send(&change).expect(200);
        let empty = if schema["required"].is_null() { json!({}) } else { change.clone() };
        for body in [empty, change] {
            let as_read = read();
            // The log is read first, so that no line waits to be numbered.
            office.app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
            let before = office.app.contents();
            let answer = patch(as_read.etag(), &body);
            answer.expect(200);
            assert_eq!(version(&answer), version(&as_read), "{operation} {body}");
            let after = office.app.contents();
            for (table, rows) in before.iter().filter(|(table, _)| *table != "stored_answers") {
                assert!(*rows == after[table], "{operation} {body}: {table}");
            }
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried}");
    cleared.sort();
    let all = [
        "against_decision",
        "card",
        "event_on",
        "ex_officio",
        "forwarded_by",
        "neighbourhood",
        "note",
        "petitioner",
        "proxy",
        "record_book",
        "registered_area",
        "service_point",
        "supervisor_id",
        "until_on",
        "until_on",
    ];
    assert_eq!(cleared, all);
}
