//! The invented knowledge answers of a demo: two that are published, and a draft.

use super::content::{KnowledgeInput, KnowledgeText, LegalGround};
use super::model::{InquiryTopic, KnowledgeStatus};
use super::store::{self, KnowledgeAnswer, KnowledgeVersion};
use crate::accounts::id_of;
use crate::clock::Moment;
use crate::db::{Id, JsonText, Tx};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// Topic, question and answer in Chinese and in English, law and article, whether it is published.
type Told = (InquiryTopic, [&'static str; 2], [&'static str; 2], [&'static str; 2], bool);

const ANSWERS: [Told; 3] = [
    (
        InquiryTopic::Registration,
        ["遷入登記要帶什麼？", "國民身分證、印章（或簽名）、戶口名簿及居住證明。"],
        [
            "What do I bring to register a move?",
            "Your National ID Card, a seal or your signature, the household certificate and a proof of residence.",
        ],
        ["戶籍法", "§17"],
        true,
    ),
    (
        InquiryTopic::Service,
        ["星期六有開嗎？", "星期六上午 8 時至 12 時延長服務；連續假期除外。"],
        ["Are you open on Saturdays?", "Yes, from 8 to 12 in the morning, but not within a long holiday."],
        ["行政程序法", "§48"],
        true,
    ),
    (
        InquiryTopic::Seal,
        ["印鑑證明可以委託嗎？", "可以，請附委託書及雙方國民身分證。"],
        [
            "Can somebody else apply for my certificate of seal registration?",
            "Yes, with a letter of proxy and the National ID Cards of both.",
        ],
        ["印鑑登記辦法", "§6"],
        false,
    ),
];

pub fn seed(tx: &mut Tx, _: &Vault, now: Moment) -> Result<()> {
    let Some(clerk) = id_of(tx, "clerk1")? else { return Ok(()) };
    for (topic, [asked, told], [question, answer], [law, article], published) in ANSWERS {
        let text = |question: &str, answer: &str| KnowledgeText { question: question.to_owned(), answer: answer.to_owned() };
        let ground = law.parse().ok().map(|law| LegalGround { law, article: article.parse().ok() });
        let said = KnowledgeInput {
            topic,
            zh: text(asked, told),
            en: text(question, answer),
            legal_grounds: ground.into_iter().collect(),
            valid_from: None,
            valid_to: None,
            owner_id: None,
        };
        let writers: Vec<(String, Moment)> = if published { Vec::new() } else { vec![(format!("accounts/{clerk}"), now)] };
        let row = KnowledgeAnswer {
            id: Id::new(now),
            status: if published { KnowledgeStatus::Published } else { KnowledgeStatus::Draft },
            topic,
            owner: clerk,
            draft: if published { None } else { Some(JsonText::of(&said)?) },
            drafted_by: JsonText::of(&writers)?,
            latest: i32::from(published),
            review_due_on: published.then(|| now.date() + chrono::Months::new(12)),
            review_reason: String::new(),
            told_at: None,
            created_at: now,
            version: 1,
        };
        store::insert(tx, &row)?;
        if published {
            let version = KnowledgeVersion {
                answer_id: row.id,
                number: 1,
                body: JsonText::of(&said)?,
                search: said.search(),
                valid_from: now.date(),
                valid_to: None,
                wrong: false,
                published_at: now,
            };
            store::publish(tx, &version)?;
        }
    }
    Ok(())
}
