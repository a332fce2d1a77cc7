//! What a clerk should look at once more, since the register does not know it: told, never refused.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::adopting;
use super::ages;
use super::case::Case;
use super::certifiable;
use super::circumstances;
use super::counter::{self, Examined};
use super::descent;
use super::fields::{CaseFields, Facts, PartyFacts, PartyRole};
use super::guarded;
use super::jurisdiction::left;
use super::marriages;
use super::named;
use super::nationals;
use super::posthumous;
use super::residence;
use super::rights;
use super::status::{self, Matter, Placed};
use super::store;
use super::surnames;
use super::voided;
use super::wedlock;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::capacity;
use crate::people::facts::FactKind;
use crate::people::protection::{self, Inquirer};
use crate::people::store::Named;
use crate::{people, text_enum};

text_enum! {
    /// What the register does not know.
    pub enum HintKind {
        /// No marriage of these two, or of this one, that a divorce could end or a certificate could be of: look for it in the older
        /// books; the certificate is registered by a section chief or the director (戶籍法 §66-1)
        MarriageUnknown = "MARRIAGE_UNKNOWN",
        /// The other spouse of a divorce by a court is not named
        SpouseNotNamed = "SPOUSE_NOT_NAMED",
        /// A day of birth is known in part, and the true one could turn a rule of age: a section chief or the director looks at it
        /// and registers the case (民法 §124)
        AgePresumed = "AGE_PRESUMED",
        /// The mother was married when the child was conceived, and her husband, whom the law presumes to be the father, is not
        /// named (民法 §1062, §1063): a paper tells. Of a change by which a marriage has not ended, or later, the children are told
        /// whose births are registered (`person_ids`): look at their papers, and correct the births
        HusbandPresumed = "HUSBAND_PRESUMED",
        /// Somebody of this country, name and day of birth is known by another paper (`person_ids`): look whether the passport was
        /// renewed, and join the records by it (POST /v1/people/{id}:join)
        LikelySame = "LIKELY_SAME",
        /// Another birth of the mother is registered, less than 181 days before or after this one and not together with it:
        /// a section chief or the director looks at the papers and registers the birth (民法 §1062)
        BirthTooClose = "BIRTH_TOO_CLOSE",
        /// The father had died more than 302 days before the birth (民法 §1062)
        FatherDiedBefore = "FATHER_DIED_BEFORE",
        /// Nobody but a clerk can compare the child's surname with the one from which it is said to come: a parent is from abroad, or a
        /// name is not written as Han names are, or the register has not both parents of whoever changes it (民法 §1059)
        SurnameUnknown = "SURNAME_UNKNOWN",
        /// The register has no adoption or acknowledgment, nor the end of one, on which a change of surname goes back: a paper tells
        /// (姓名條例 §8)
        ParentageUnknown = "PARENTAGE_UNKNOWN",
        /// By this entry, which says who was whose kin, spouse or adopted child on the day of their marriage, or since the end of an
        /// adoption or of a marriage is revoked or moved, two who married each other were kin or in-laws who do not marry
        /// (`person_ids`): their marriage is void (民法 §983, §988), and its registration is revoked by an entry of its own
        SpousesBecomeKin = "SPOUSES_BECOME_KIN",
        /// Likewise somebody was kin, in-law or spouse, on the day of their adoption, of whoever adopted them, whom the law keeps from
        /// it (`person_ids`): the adoption is void (民法 §1073-1, §1079-4), and its registration is revoked by an entry of its own
        AdoptionVoid = "ADOPTION_VOID",
        /// By the last move that it holds, the register has one of those who move at another address of the office's area: it may
        /// not have been told of what came since
        RegisteredElsewhere = "REGISTERED_ELSEWHERE",
        /// After that day the register has papers that were given to the deceased, such as a card or a certificate, or a seal of theirs;
        /// or somebody came as them: applied, or came or consented for another, was a witness, gave a letter of proxy, proved who they
        /// are, kept an appointment. Look who that was (民法 §6)
        ActedAfterDeath = "ACTED_AFTER_DEATH",
        /// Whoever adopts alone has a spouse in the register, who is not the child's parent: spouses adopt together, unless the court
        /// found one of the exceptions (民法 §1074). Of a change by which a marriage has not ended, the adopted are told (`person_ids`)
        AdoptsAlone = "ADOPTS_ALONE",
        /// The spouse of whoever ends an adoption has adopted together with them, and is not named: spouses end it together, unless one
        /// cannot say what they want, has been missing for three years, has died, or they are divorced (民法 §1080)
        EndsAdoptionAlone = "ENDS_ADOPTION_ALONE",
        /// An adopter died before the court's ruling: of a minor alone a court still approves the adoption, which it says in its ruling
        /// (兒童及少年福利與權益保障法 §19)
        AdopterDiedBefore = "ADOPTER_DIED_BEFORE",
        /// Two marry each other of whose child under age (`person_ids`) one of them alone exercises the rights of a parent by a court's
        /// ruling, which holds until it is changed (PARENTAL_RIGHTS). What the two have agreed on ends with their marriage, and both
        /// exercise them (民法 §1055, §1089)
        CustodyOfOne = "CUSTODY_OF_ONE",
        /// The party is under age, and whoever applies is barred from a parent of theirs: the court's order may cover the children too
        /// of whom it has given that one the care (家庭暴力防治法 §14): look at it, and enter a mark on the child as well
        OrderMayCoverChild = "ORDER_MAY_COVER_CHILD",
        /// The register has no loss of the nationality that is to be restored: the ministry's permission tells of one (國籍法 §15)
        LossUnknown = "LOSS_UNKNOWN",
        /// Children of the two (`person_ids`) were born more than 302 days after the day on which the marriage ends by this entry, a
        /// divorce or a death, and have the husband as the father by that marriage alone: look at the papers, and correct the births
        /// (民法 §1062, §1063)
        FatherByMarriage = "FATHER_BY_MARRIAGE",
        /// The child has a guardian for its age, and by this entry a parent who lives: a guardian stands in the place of parents who
        /// cannot exercise their rights alone (民法 §1091): look at the ground, or register the end of the guardianship
        GuardianBesideParent = "GUARDIAN_BESIDE_PARENT",
    }
}

/// What a clerk should look at once more.
#[derive(PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"pointer": "/parties", "kind": "MARRIAGE_UNKNOWN"}))]
pub struct RegisterHint {
    /// JSON Pointer to the member of the case; `/status` of what a revocation brings back.
    #[schema(max_length = 60)]
    pub pointer: String,
    pub kind: HintKind,
    /// Whose records these likely are, with LIKELY_SAME; the spouses, with SPOUSES_BECOME_KIN; whoever adopted and was adopted, with
    /// ADOPTION_VOID; the children, with CUSTODY_OF_ONE, FATHER_BY_MARRIAGE, and of a change HUSBAND_PRESUMED and ADOPTS_ALONE.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub person_ids: Vec<Id>,
}

impl RegisterHint {
    pub fn at(pointer: impl Into<String>, kind: HintKind) -> Self {
        Self { pointer: pointer.into(), kind, person_ids: Vec::new() }
    }
}

/// As many hints as are told of one application.
pub const MOST: usize = 10;

/// Adds whose records parties likely are who are known by a foreign paper: by their places, as they are named, and as whom the
/// register knows them.
pub fn add_likely<'n>(
    conn: &mut Conn,
    node: &Node,
    found: &mut Vec<RegisterHint>,
    parties: impl IntoIterator<Item = (usize, Named<'n>, Option<Id>)>,
) -> Result<()> {
    for (index, named, own) in parties {
        let person_ids = people::likeness::others(conn, &node.vault, named, own)?;
        if !person_ids.is_empty() && found.len() < MOST {
            found.push(RegisterHint { person_ids, ..RegisterHint::at(format!("/parties/{index}"), HintKind::LikelySame) });
        }
    }
    Ok(())
}

/// Adds parties under age of whose parent a mark bars the applicant: by their places, as whom the register knows them.
pub fn add_orders(
    conn: &mut Conn,
    node: &Node,
    found: &mut Vec<RegisterHint>,
    (applicant, parties, day): (Inquirer<'_>, &[Placed], NaiveDate),
) -> Result<()> {
    for (index, _, person) in parties {
        let parents = people::joins::standing(conn, &node.vault, *person, &[FactKind::Parent])?;
        for parent in parents.into_iter().filter_map(|fact| fact.other_id) {
            let bar = protection::bar_of(conn, &node.vault, day, (parent, &[applicant]))?;
            let age = capacity::is_registered_of_age(conn, &node.vault, *person, day)?;
            if bar.is_some() && age.is_none_or(|age| !age.yes) && found.len() < MOST {
                found.push(RegisterHint::at(format!("/parties/{index}"), HintKind::OrderMayCoverChild));
                break;
            }
        }
    }
    Ok(())
}

/// The hints for an application; `named` are the roles of all its parties, known or not.
pub fn of(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    if left(matter.fields).is_some() {
        return residence::hints(conn, node, matter);
    }
    if !matches!(matter.fields, CaseFields::Divorce(_)) {
        let mut found = descent::hints(conn, node, matter, named)?;
        found.extend(voided::hints(conn, node, matter)?);
        let uncertain = certifiable::uncertain(conn, node, matter)?.into_iter();
        found.extend(uncertain.map(|index| RegisterHint::at(format!("/parties/{index}"), HintKind::MarriageUnknown)));
        found.extend(posthumous::hints(conn, node, matter)?);
        found.extend(adopting::hints(conn, node, matter, named)?);
        found.extend(nationals::hints(conn, node, matter)?);
        found.extend(rights::hints(conn, node, matter)?);
        found.extend(guarded::hints(conn, node, matter)?);
        if matches!(matter.fields, CaseFields::Death(_)) {
            found.extend(wedlock::hints(conn, node, matter)?);
        }
        found.extend(surnames::hints(conn, node, matter)?);
        return Ok(found);
    }
    let alone = named.iter().filter(|role| **role == PartyRole::Spouse).count() < 2;
    let unknown = !marriages::are_known(conn, node, matter)?;
    let kinds = [(unknown, HintKind::MarriageUnknown), (alone, HintKind::SpouseNotNamed)];
    let told = kinds.into_iter().filter(|(holds, _)| *holds);
    let mut found: Vec<RegisterHint> = told.map(|(_, kind)| RegisterHint::at("/parties", kind)).collect();
    found.extend(wedlock::hints(conn, node, matter)?);
    Ok(found)
}

/// What a clerk should look at once more in a new application.
pub fn of_new(conn: &mut Conn, node: &Node, examined: &Examined, now: Moment) -> Result<Vec<RegisterHint>> {
    let named: Vec<PartyRole> = examined.input.parties.iter().map(|party| party.role).collect();
    let matter = counter::matter((&examined.input, &examined.known), &examined.judged, (now, None));
    let mut found = matter.map_or(Ok(Vec::new()), |matter| of(conn, node, &matter, &named))?;
    found.extend(presumed(&examined.judged.asked));
    let named = examined.input.parties.iter().map(|party| (party.role, party.name.as_str(), &party.national_id));
    found.extend(examined.judged.form.as_ref().and_then(|form| surnames::hint(form, named)));
    let parties = examined.input.parties.iter().enumerate().map(|(index, party)| {
        let named = Named { name: party.name.as_str(), number: &party.national_id, birth_on: party.birth_on };
        (index, named, examined.known.id(&party.national_id))
    });
    add_likely(conn, node, &mut found, parties)?;
    let (input, known) = (&examined.input, &examined.known);
    let one = &input.applicant;
    let said = Named { name: one.name.as_str(), number: &one.national_id, birth_on: None };
    let applicant = Inquirer::of(known.id(&one.national_id), said);
    add_orders(conn, node, &mut found, (applicant, &known.placed(input), now.date()))?;
    Ok(found)
}

/// The hints of rules of age that hang on a day of birth which is known in part.
pub fn presumed(findings: &[String]) -> impl Iterator<Item = RegisterHint> {
    findings.iter().map(|pointer| RegisterHint::at(pointer, HintKind::AgePresumed))
}

/// The same of a case that is kept: by each party's day of birth as the rules of its intake took it.
pub fn presumed_ages(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields) -> Result<Vec<RegisterHint>> {
    let kept: Vec<String> = case.circumstances.read()?;
    let names = named::of(conn, node, case.id)?;
    let mut parties = Vec::new();
    for (index, party) in store::parties(conn, case.id)?.iter().enumerate() {
        let said = names.as_ref().and_then(|names| names.parties.get(index)).and_then(|face| face.birth_on);
        let (name, number) = people::store::open(conn, &node.vault, party.person_id)?;
        let known = people::store::record(conn, &node.vault, party.person_id, &number)?;
        let birth_on = circumstances::birth_on((&case.type_code, party.role), said, Some(&known));
        parties.push(PartyFacts { role: party.role, name, number, birth_on });
    }
    let facts = Facts {
        type_code: &case.type_code,
        relation: case.relation,
        special_changes: 0,
        event_on: case.event_on,
        today: case.received_at.date(),
        effective_from: case.received_at.date(),
        parties: &parties,
        by_proxy: case.proxy.is_some(),
        circumstances: &kept,
    };
    Ok(presumed(&ages::judge(fields, &facts).1).collect())
}

/// Lets only a supervisor register what the law leaves to the papers: what hangs on a day of birth that is known in part, a birth
/// too close to another one, a certificate of a marriage of which the register knows nothing.
pub fn require_look(conn: &mut Conn, node: &Node, by: &By, case: &Case, fields: &CaseFields) -> Result<()> {
    if by.caller.supervises() {
        return Ok(());
    }
    let parties = store::parties(conn, case.id)?;
    let matter = status::held(case, fields, case.event_on, status::placed(conn, &parties)?, by.now);
    let (zh, en) = if !presumed_ages(conn, node, case, fields)?.is_empty() {
        (
            "出生日期僅知部分，足以影響年齡規定，須由股長或主任核對後登記（民法 §124）",
            "a day of birth is known in part and could turn a rule of age: a section chief or the director looks at it (民法 §124)",
        )
    } else if !descent::close_births(conn, &matter)?.is_empty() {
        (
            "登記之母於前後 181 日內另有出生登記，須由股長或主任核對證明文件後登記（民法 §1062）",
            "the mother has another birth registered within 181 days: a section chief or the director looks at the papers (民法 §1062)",
        )
    } else if !certifiable::uncertain(conn, node, &matter)?.is_empty() {
        certifiable::MARRIAGE_UNKNOWN
    } else {
        return Ok(());
    };
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}
