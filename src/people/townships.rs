//! Townships as addresses name them, and those of the office's area: the list in `reference/villages.json`.

use std::fmt;
use std::sync::LazyLock;

use serde_json::Value;

/// A village by code and name.
type Village = (String, String);

/// The area that the office serves.
struct Area {
    county: String,
    /// Villages by township.
    townships: Vec<(String, Vec<Village>)>,
}

/// From the ministry's list.
static AREA: LazyLock<Area> = LazyLock::new(|| {
    let list: Value = serde_json::from_str(include_str!("../../reference/villages.json")).expect("the list is JSON");
    let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let village = |value: &Value| (text(value, "full_code"), text(value, "name_zh"));
    let town = |town: &Value| (text(town, "name_zh"), all(&town["villages"]).iter().map(village).collect());
    Area { county: text(&list["county"], "name_zh"), townships: all(&list["townships"]).iter().map(town).collect() }
});

/// Whether a code is that of one of the area's villages.
pub fn is_village(code: &str) -> bool {
    AREA.townships.iter().any(|(_, villages)| villages.iter().any(|(known, _)| known == code))
}

/// Whether a name, with its county or without, is that of one of the area's townships.
pub fn is_own_township(name: &str) -> bool {
    AREA.townships.iter().any(|(own, _)| name.ends_with(own.as_str()))
}

/// What is wrong with an address within the area: a township of another kind, a village of another township, or no house number.
pub(super) fn fault_within_the_area(address: &str) -> Option<&'static str> {
    let rest = address.strip_prefix(AREA.county.as_str())?;
    // 和美鄉 for 和美鎮: the name is ours, the kind is not.
    let same_name = |town: &str| rest.starts_with(&town.chars().take(2).collect::<String>());
    let (town, villages) = AREA.townships.iter().find(|(town, _)| same_name(town))?;
    let Some(rest) = rest.strip_prefix(town.as_str()) else { return Some("township") };
    if !villages.iter().any(|(_, village)| rest.starts_with(village.as_str())) {
        return Some("village");
    }
    (!rest.contains('號')).then_some("house_number")
}

/// A township or district with its county or city, as `彰化縣和美鎮`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Township(String);

impl fmt::Display for Township {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Township {
    /// The one in which an address lies; `None` where it names none, as abroad. A city has districts (區), a county towns,
    /// villages and cities of its own (鄉, 鎮, 市).
    pub fn of(address: &str) -> Option<Self> {
        let plain: String = address.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '台' { '臺' } else { c }).collect();
        let plain = plain.trim_start_matches(|c: char| c.is_ascii_digit());
        let plain = plain.strip_prefix("臺灣省").or_else(|| plain.strip_prefix("福建省")).unwrap_or(plain);
        let kinds: &[char] = match plain.chars().nth(2)? {
            '縣' => &['鄉', '鎮', '市'],
            '市' => &['區'],
            _ => return None,
        };
        // A name before the kind has a character at least: 市 of 新市區 ends nothing.
        let last = plain.char_indices().skip(4).find(|(_, c)| kinds.contains(c))?;
        let name = &plain[..last.0 + last.1.len_utf8()];
        (name.chars().count() <= 8).then(|| Self(name.to_owned()))
    }

    /// Whether it is one of the office's area.
    pub fn is_own(&self) -> bool {
        self.0.strip_prefix(AREA.county.as_str()).is_some_and(|town| AREA.townships.iter().any(|(own, _)| own == town))
    }

    /// The office in whose area it lies.
    pub fn office(&self) -> String {
        format!("{self}戶政事務所")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_in_a_township() {
        for (address, township) in [
            ("彰化縣和美鎮和東里1鄰彰美路五段1號", Some("彰化縣和美鎮")),
            ("508 彰化縣 和美鎮和東里1鄰彰美路五段1號", Some("彰化縣和美鎮")),
            ("臺灣省彰化縣彰化市中山路1號", Some("彰化縣彰化市")),
            ("台中市北區三民路一段2號", Some("臺中市北區")),
            ("臺南市新市區中山路1號", Some("臺南市新市區")),
            ("高雄市前鎮區中華五路1號", Some("高雄市前鎮區")),
            ("花蓮縣新城鄉光復路1號", Some("花蓮縣新城鄉")),
            ("屏東縣三地門鄉行政街1號", Some("屏東縣三地門鄉")),
            ("臺北市和平東路1號", None),
            ("和美鎮和東里1鄰彰美路五段1號", None),
            ("12 Rue de Rivoli, Paris", None),
        ] {
            assert_eq!(Township::of(address).map(|one| one.to_string()).as_deref(), township, "{address}");
        }
    }

    #[test]
    fn the_area_is_that_of_the_list() {
        let is_own = |address| Township::of(address).is_some_and(|one| one.is_own());
        assert!(is_own("彰化縣線西鄉線西村2鄰和線路100巷5號") && is_own("彰化縣伸港鄉新港村3鄰中山路10號"));
        assert!(!is_own("彰化縣鹿港鎮中山路1號") && !is_own("臺中市北區三民路一段2號"));
        assert!(is_own_township("和美鎮") && !is_own_township("臺中市北區"));
    }

    #[test]
    fn villages_are_known_by_code() {
        assert!(is_village("10007030-002") && !is_village("10007030-999"));
    }
}
