//! What is kept of answers: sums by item, and words in random order. No answer is kept as a whole, so that nothing can be joined to
//! whoever gave it: see [`AnswerBox`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::Given;
use super::model::SurveyChannel;

/// What one item was answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers that say anything to it.
    pub answered: u32,
    /// How many chose a rating, an option, a number.
    pub cells: BTreeMap<String, u32>,
    /// Those of them that came with a token that the office gave out, or on paper.
    #[serde(default)]
    pub given_out: u32,
    /// Words, mixed anew with each answer.
    pub words: Vec<String>,
}

/// Everything that is kept of the answers to a survey, in one sealed text that each answer writes whole.
///
/// It holds sums, so that two orders of the same answers leave the same box; the words are mixed whenever one is added. Used
/// tokens, and the records after which one was issued, stand in it as keyed hashes by their value. There is no row, id, moment or version of one answer, and an answer writes
/// nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerBox {
    /// Tokens that the office has given out.
    pub issued: u32,
    pub used: BTreeSet<String>,
    /// Records of services after which one was issued, as keyed hashes by their value.
    #[serde(default)]
    pub invited: BTreeSet<String>,
    /// Answers by how they came in.
    pub channels: BTreeMap<SurveyChannel, u32>,
    pub items: BTreeMap<String, Tally>,
}

impl AnswerBox {
    /// The number of answers.
    pub fn answers(&self) -> u32 {
        self.channels.values().sum()
    }

    /// Adds an answer; `false` where its token was used before, and nothing is changed.
    pub fn add(&mut self, used: String, channel: SurveyChannel, given: &[(String, Given)]) -> bool {
        if !self.used.insert(used) {
            return false;
        }
        *self.channels.entry(channel).or_default() += 1;
        for (item, given) in given {
            let tally = self.items.entry(item.clone()).or_default();
            tally.answered += 1;
            tally.given_out += u32::from(channel != SurveyChannel::Open);
            match given {
                Given::Cells(cells) => cells.iter().for_each(|cell| *tally.cells.entry(cell.clone()).or_default() += 1),
                Given::Words(words) => {
                    tally.words.push(words.clone());
                    tally.words.sort_by_cached_key(|_| Uuid::new_v4());
                }
            }
        }
        true
    }

    /// What one item was answered.
    pub fn tally(&self, item: &str) -> Tally {
        self.items.get(item).cloned().unwrap_or_default()
    }

    /// Forgets words, used tokens and whom it invited; whether there were any.
    pub fn forget_words(&mut self) -> bool {
        let had = !self.used.is_empty() || !self.invited.is_empty() || self.items.values().any(|tally| !tally.words.is_empty());
        self.used.clear();
        self.invited.clear();
        self.items.values_mut().for_each(|tally| tally.words.clear());
        had
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(rating: u32, words: &str) -> Vec<(String, Given)> {
        vec![("OVERALL".to_owned(), Given::Cells(vec![rating.to_string()])), ("WORDS".to_owned(), Given::Words(words.to_owned()))]
    }

    #[test]
    fn what_the_office_has_given_out_is_counted_apart() {
        let mut kept = AnswerBox::default();
        for (token, channel) in [("a", SurveyChannel::Token), ("b", SurveyChannel::Paper), ("c", SurveyChannel::Open)] {
            assert!(kept.add(token.to_owned(), channel, &answer(5, "好")));
        }
        let words = kept.tally("WORDS");
        assert_eq!((words.answered, words.given_out), (3, 2));
    }

    #[test]
    fn a_token_counts_once() {
        let mut kept = AnswerBox::default();
        assert!(kept.add("a".to_owned(), SurveyChannel::Token, &answer(5, "好")));
        let before = kept.clone();
        assert!(!kept.add("a".to_owned(), SurveyChannel::Paper, &answer(1, "壞")));
        assert_eq!(kept, before);
    }

    proptest! {
        #[test]
        fn the_order_of_answers_leaves_no_trace(ratings in prop::collection::vec(1u32..=5, 1..30)) {
            let fill = |order: &mut dyn Iterator<Item = (usize, &u32)>| {
                let mut kept = AnswerBox::default();
                for (place, rating) in order {
                    kept.add(place.to_string(), SurveyChannel::Token, &answer(*rating, &place.to_string()));
                }
                kept.items.values_mut().for_each(|tally| tally.words.sort());
                serde_json::to_string(&kept).unwrap()
            };
            let there = fill(&mut ratings.iter().enumerate());
            let back = fill(&mut ratings.iter().enumerate().rev());
            prop_assert_eq!(there, back);
        }
    }
}
