//! Who acts for a certificate: whether they can, for whom they may, and by which papers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::consent::{self, OfRepresentative};
use super::store::{Certificate, Names};
use crate::auth::By;
use crate::auth::standing::{acts_for, is_entrusted};
use crate::cases::capacity::{demand, proxy_flaw};
use crate::cases::representation::{self, Answer, Claim, represents};
use crate::cases::types::model::Relation;
use crate::cases::{CaseSettings, letter_ended, letter_flaw, store::PROXY_SCOPE};
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, FieldError, Problem, Result, Text, one_of};
use crate::identified;
use crate::node::Node;
use crate::people::capacity::{self, Manner};
use crate::people::facts::Paper;
use crate::people::papers::{LetterPaper, RepresentativePaper, RepresentativePaperKind};
use crate::people::{Name, holding};

identified! {
    /// Who comes to the counter in the applicant's place, by a letter of proxy (戶籍法 §47): a human.
    pub struct CertificateProxy as CertificateProxyBody {
        pub name: Name,
        /// As the person's.
        pub person_id: Option<Id>,
    }
}

/// A letter of proxy, as a clerk has seen it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"}}))]
pub struct LetterSeen {
    /// Its day: not after today, and no older than the office takes.
    pub dated_on: NaiveDate,
    pub document: Paper,
}

/// A letter of proxy that is shown; a paper of another kind is none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dated_on": "2026-11-20", "document": {"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"}}))]
pub struct LetterShown {
    /// Its day: not after today, and no older than the office takes.
    pub dated_on: NaiveDate,
    document: LetterPaper,
}

impl LetterShown {
    /// As it is kept.
    pub fn seen(&self) -> LetterSeen {
        LetterSeen { dated_on: self.dated_on, document: Paper::clone(&self.document) }
    }
}

/// Which duty a paper of a representative meets: it consents, or it proves who they are.
#[derive(Clone, Copy, Default)]
pub struct Meets {
    pub consents: bool,
    pub proves: bool,
}

impl Meets {
    /// Of all that was shown until now.
    pub fn kept(names: &Names) -> Self {
        let kind = |paper: &Paper| RepresentativePaperKind::ALL.iter().find(|kind| kind.as_str() == paper.kind);
        let consents = names.representative_paper.as_ref().and_then(kind).map(|kind| kind.consents());
        Self { consents: consents == Some(true), proves: consents == Some(false) || names.representative_proof.is_some() }
    }
}

/// Refuses a consent as proof of who the representative is, unless they want a consent themselves, and that as a consent.
pub fn require_fitting(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    paper: Option<&RepresentativePaper>,
    day: NaiveDate,
) -> Result<()> {
    let Some(paper) = paper else { return Ok(()) };
    let proves = represents(&one.kind, one.relation);
    if paper.kind.consents() != proves {
        return Ok(());
    }
    let manner = capacity::of(conn, &node.vault, one.principal(), day)?.manner(demand(&one.kind));
    if proves && matches!(manner, Manner::WithConsent(_)) {
        return Ok(());
    }
    let admitted = RepresentativePaperKind::ALL.iter().filter(|kind| kind.consents() != proves);
    let admitted: Vec<&str> = admitted.map(|kind| kind.as_str()).collect();
    Err(Error::field(format!("{REPRESENTATIVE_PAPER}/kind"), "not_allowed", one_of(&admitted)))
}

/// Where the paper of a legal representative, guardian or assistant is wanted.
pub const REPRESENTATIVE_PAPER: &str = "/representative_paper";

/// What keeps whoever applies from it, as registered facts say: no capacity, or a consent that is not shown. People are named by
/// the member that holds them.
pub fn capacity_flaw(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    shown: Meets,
    day: NaiveDate,
) -> Result<Option<FieldError>> {
    let is_proxy = one.relation == Relation::Proxy;
    let (principal, pointer) = (one.principal(), if is_proxy { "/person" } else { "/applicant" });
    if is_proxy && holding::is_deceased(conn, principal)? {
        let text = Text::new(
            "委託人已登記死亡，委任關係消滅（民法 §550）",
            "whoever gave the letter has died, and it has ended (民法 §550)",
        );
        return Ok(Some(FieldError::new(pointer, "person_deceased", text)));
    }
    match capacity::of(conn, &node.vault, principal, day)?.manner(demand(&one.kind)) {
        // Whether whoever represents somebody may is another question.
        Manner::Represented(limit) if !represents(&one.kind, one.relation) => return Ok(Some(limit.refusal(pointer))),
        Manner::WithConsent(limit) if !shown.consents => return Ok(Some(limit.without_consent(REPRESENTATIVE_PAPER))),
        _ => {}
    }
    let comes = is_proxy.then_some((one.applicant_id, "/applicant"));
    match one.proxy_id.map(|proxy| (proxy, "/proxy")).or(comes) {
        Some((proxy, pointer)) if holding::is_deceased(conn, proxy)? => {
            let text = Text::new(
                "代理人已登記死亡，委任關係消滅（民法 §550）",
                "the proxy has died, and the letter has ended (民法 §550)",
            );
            Ok(Some(FieldError::new(pointer, "person_deceased", text)))
        }
        Some(proxy) => proxy_flaw(conn, node, proxy, day),
        None => Ok(None),
    }
}

/// What keeps a legal representative or guardian from it: the register says that they are none, or cannot tell, and no paper is
/// shown. Online only what the register tells counts.
pub fn representation_flaw(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    (shown, is_online): (Meets, bool),
    day: NaiveDate,
) -> Result<Option<FieldError>> {
    if !represents(&one.kind, one.relation) {
        return Ok(None);
    }
    let claim = Claim { subject: one.person_id, by: Some(one.applicant_id), relation: one.relation, day, of: None };
    let refusal = |code, text| Some(FieldError::new("/applicant/relation", code, text));
    let said = representation::answer(conn, node, claim)?;
    if let Some((code, law, zh, en)) = said.refusal() {
        return Ok(refusal(code, Text::new(format!("{zh}（{law}）"), format!("{en} ({law})"))));
    }
    Ok(match said {
        Answer::Unknown if is_online => refusal("not_representative", representation::online()),
        Answer::Unknown if shown.proves => None,
        Answer::Unknown => {
            let text = Text::new(
                "依登記無從得知是否為法定代理人，請出示證明文件（民法 §1086、§1098）",
                "the register cannot tell that this is the legal representative: show a paper (民法 §1086, §1098)",
            );
            Some(FieldError::new(REPRESENTATIVE_PAPER, "required", text))
        }
        _ => None,
    })
}

/// Refuses a proxy at the counter of whom neither a letter is seen nor one on record is in force, and a letter where nobody is a
/// proxy.
pub fn require_letter(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    letter: Option<&LetterShown>,
    day: NaiveDate,
) -> Result<()> {
    let is_proxy = one.relation == Relation::Proxy;
    let proxy = one.proxy_id.or(is_proxy.then_some(one.applicant_id));
    match (proxy, letter) {
        (None, Some(_)) => {
            let text = Text::new("僅代理人申請時填寫", "it belongs to an application by a proxy");
            Err(Error::field("/letter", "not_allowed", text))
        }
        (Some(_), Some(letter)) => {
            let days = node.config.of::<CaseSettings>().proxy_letter_days;
            let flaw = letter_flaw(letter.dated_on, day, days);
            flaw.map_or(Ok(()), |(code, text)| Err(Error::field("/letter/dated_on", code, text)))
        }
        (Some(proxy), None) if !is_entrusted(conn, proxy, (one.principal(), PROXY_SCOPE), day)? => {
            let text = Text::new("代理人須出示委託書（戶籍法 §47）", "a proxy shows the letter of proxy (戶籍法 §47)");
            Err(Error::field("/letter", "required", text))
        }
        _ => Ok(()),
    }
}

/// Refuses to issue by a letter of proxy that is in force no more: one by which an account applied, or one on record on which a clerk
/// took the application without a letter on paper.
pub fn require_mandate(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
    let (today, given) = (by.now.date(), (one.principal(), PROXY_SCOPE));
    let proxy = one.proxy_id.or((one.relation == Relation::Proxy).then_some(one.applicant_id));
    let stands = match (one.brought_by(), proxy) {
        (Some(account), _) => acts_for(conn, account, given, today)?,
        (None, Some(proxy)) => one.names(conn, &node.vault)?.letter.is_some() || is_entrusted(conn, proxy, given, today)?,
        (None, None) => true,
    };
    if stands { Ok(()) } else { Err(letter_ended()) }
}

/// Refuses to issue what its applicant cannot ask for by now, or not for whom they do: a legal representative acts until the
/// first minute of the 18th birthday. What a clerk has seen of a consent is kept.
pub fn require(tx: &mut Tx, node: &Node, by: &By, one: &mut Certificate, shown: OfRepresentative<'_>) -> Result<()> {
    let today = by.now.date();
    require_fitting(tx, node, one, shown.paper, today)?;
    let is_online = one.brought_by().is_some();
    // Whoever took the application at a counter has seen the papers.
    let names = shown.over(one.names(tx, &node.vault)?);
    let meets = Meets::kept(&names);
    let flaw = match capacity_flaw(tx, node, one, meets, today)? {
        None => representation_flaw(tx, node, one, (meets, is_online), today)?,
        flaw => flaw,
    };
    match flaw {
        Some(flaw) if flaw.pointer == REPRESENTATIVE_PAPER => Err(flaw.into()),
        Some(flaw) => Err(Problem::new(Code::CONFLICT).detail(flaw.detail.zh, flaw.detail.en).into()),
        None => {
            consent::require(tx, node, by, one, (&names, shown.representative))?;
            if shown.is_there() { consent::keep(node, one, &names) } else { Ok(()) }
        }
    }
}
