//! Townships as addresses name them, and those of the office's area: the list in `reference/villages.json`.

use std::fmt;
use std::sync::LazyLock;

use serde_json::Value;

use super::address_signs::{GAP, numerals, signs};
use super::dwelling::{Compared, may_be_one};

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

/// What the village of a code is called, behind its township.
pub fn village_name(code: &str) -> Option<String> {
    let of = |(town, villages): &'static (String, Vec<Village>)| {
        let village = villages.iter().find(|(known, _)| known == code)?;
        Some(format!("{town}{}", village.1))
    };
    AREA.townships.iter().find_map(of)
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

/// Counties that have become cities (2010, 2014), and what their towns are since: districts.
const BECAME_CITIES: [(&str, &str); 5] =
    [("臺北縣", "新北市"), ("桃園縣", "桃園市"), ("臺中縣", "臺中市"), ("臺南縣", "臺南市"), ("高雄縣", "高雄市")];

/// Townships that were called otherwise, were taken into a city, or became one with another, each before what it is since: 1968 臺北, 1979
/// 高雄, 1982 新竹, 1989 吳鳳, 1992 三地, 2004 臺南, 2008 三民.
const RENAMED: [(&str, &str); 11] = [
    ("臺北縣內湖鄉", "臺北市內湖區"),
    ("臺北縣南港鎮", "臺北市南港區"),
    ("臺北縣木柵鄉", "臺北市木柵區"),
    ("臺北縣景美鎮", "臺北市景美區"),
    ("高雄縣小港鄉", "高雄市小港區"),
    ("新竹縣香山鄉", "新竹市香山區"),
    ("嘉義縣吳鳳鄉", "嘉義縣阿里山鄉"),
    ("屏東縣三地鄉", "屏東縣三地門鄉"),
    ("臺南市中區", "臺南市中西區"),
    ("臺南市西區", "臺南市中西區"),
    ("高雄縣三民鄉", "高雄市那瑪夏區"),
];

/// Districts of 臺北 whose borders were drawn anew in 1990, and those out of which they were made: one of them may be another by now.
const REDRAWN: [&str; 16] = [
    "古亭", "城中", "雙園", "龍山", "建成", "延平", "木柵", "景美", "中正", "萬華", "大同", "文山", "松山", "信義", "大安",
    "中山",
];

/// Towns whose names end as their kinds do.
const ENDING_ALIKE: [&str; 3] = ["左鎮", "平鎮", "新市"];

/// The kinds of what a county consists of.
const TOWNS: [char; 3] = ['鄉', '鎮', '市'];

/// A township or district with its county or city, as it is called today: `彰化縣和美鎮`. A town stays the one that it is when it becomes a
/// city of its county.
#[derive(Clone, Debug)]
pub struct Township(String);

impl fmt::Display for Township {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Township {
    fn eq(&self, other: &Self) -> bool {
        self.stem() == other.stem()
    }
}

impl Eq for Township {}

impl Township {
    /// The one in which an address lies; `None` where it names none, as abroad. A city has districts (區), a county towns,
    /// villages and cities of its own (鄉, 鎮, 市).
    pub fn of(address: &str) -> Option<Self> {
        Self::named(bare(&signs(address))).map(|(township, _)| township)
    }

    /// The one that an address in plain signs names first, with its county or as one of the area's, and what follows it.
    pub(super) fn leading(plain: &str) -> Option<(Self, &str)> {
        let plain = bare(plain);
        Self::named(plain).or_else(|| {
            AREA.townships
                .iter()
                .find_map(|(own, _)| Some((Self(format!("{}{own}", AREA.county)), plain.strip_prefix(own.as_str())?)))
        })
    }

    /// The one with which a text begins, with its county or city, and what follows.
    fn named(plain: &str) -> Option<(Self, &str)> {
        let kinds: &[char] = match plain.chars().nth(2)? {
            '縣' => &TOWNS,
            '市' => &['區'],
            _ => return None,
        };
        // A name before the kind has a character at least: 市 of 新市區 ends nothing.
        let (at, kind) = plain.char_indices().skip(4).find(|(_, c)| kinds.contains(c))?;
        let mut end = at + kind.len_utf8();
        let county: usize = plain.chars().take(3).map(char::len_utf8).sum();
        let is_open = ENDING_ALIKE.contains(&&plain[county..end]);
        end += plain[end..].chars().next().filter(|next| is_open && kinds.contains(next)).map_or(0, char::len_utf8);
        let name = &plain[..end];
        (name.chars().count() <= 8).then(|| (Self(today(name, county)), &plain[end..]))
    }

    /// How it stands to another as the place of an address.
    pub(super) fn compare(&self, other: &Self) -> Compared {
        let is_redrawn = |one: &Self| one.stem().strip_prefix("臺北市").is_some_and(|stem| REDRAWN.contains(&stem));
        let [own, theirs] = [self, other].map(|one| one.0.trim_end_matches(TOWNS).trim_end_matches('區'));
        let is_unclear = self.became(other) || other.became(self) || may_be_one(own, theirs);
        match self == other {
            true => Compared::Same,
            false if is_redrawn(self) && is_redrawn(other) || is_unclear => Compared::Unclear,
            false => Compared::Different,
        }
    }

    /// Whether it was a city of its county of before, and the other is a district of what it is since: 新竹縣新竹市 in 1982 and 嘉義縣嘉義市.
    fn became(&self, district: &Self) -> bool {
        let Some((county, city)) = self.0.split_once('縣') else { return false };
        city.strip_suffix('市') == Some(county) && district.0.starts_with(city)
    }

    /// What it is called but for its kind; that of a district of one character is its name.
    fn stem(&self) -> &str {
        let kind = self.0.chars().last().map_or(0, char::len_utf8);
        if self.0.chars().count() > 5 { &self.0[..self.0.len() - kind] } else { &self.0 }
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

/// An address in plain signs without a postcode, the country and the province.
fn bare(plain: &str) -> &str {
    let plain = plain.trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '、' | GAP));
    let plain = plain.strip_prefix("中華民國").unwrap_or(plain);
    ["臺灣省", "福建省", "臺灣"].into_iter().find_map(|province| plain.strip_prefix(province)).unwrap_or(plain)
}

/// A township, by where its county ends in its name, as it is called today.
fn today(name: &str, county: usize) -> String {
    if let Some((_, since)) = RENAMED.iter().find(|(before, _)| *before == name) {
        return (*since).to_owned();
    }
    let Some((_, city)) = BECAME_CITIES.iter().find(|(before, _)| *before == &name[..county]) else { return name.to_owned() };
    let town = name[county..].trim_end_matches(TOWNS);
    // 左鎮 of 左鎮鄉 is its name.
    let town = ENDING_ALIKE.into_iter().find(|alike| name[county..].starts_with(alike)).unwrap_or(town);
    format!("{city}{town}區")
}

/// The village with which the rest of an address begins, behind its township, in plain signs and digits, and what follows: one of the
/// list where that has the township, else whatever ends as villages do and is no road.
pub(super) fn village_of<'a>(township: Option<&Township>, rest: &'a str) -> Option<(String, &'a str)> {
    let own = township.and_then(|township| township.0.strip_prefix(AREA.county.as_str()));
    if let Some((_, villages)) = own.and_then(|own| AREA.townships.iter().find(|(town, _)| town == own)) {
        let mut names = villages.iter().map(|(_, name)| numerals(&signs(name)));
        return names.find_map(|name| rest.strip_prefix(name.as_str()).map(|after| (name.clone(), after)));
    }
    let (at, kind) = rest.char_indices().take(6).skip(1).find(|(_, sign)| matches!(sign, '里' | '村'))?;
    let (name, after) = rest.split_at(at + kind.len_utf8());
    let is_within = name.contains(['鄰', '路', '街', '巷', '段', '號']);
    let is_road =
        after.trim_start_matches(|sign: char| sign.is_ascii_digit()).starts_with(['路', '街']) || after.starts_with("大道");
    (!is_within && !is_road).then(|| (name.to_owned(), after))
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
            ("臺灣彰化縣和美鎮和東里1鄰彰美路五段1號", Some("彰化縣和美鎮")),
            ("（508）彰化縣和美鎭和東里1鄰彰美路五段1號", Some("彰化縣和美鎮")),
            ("臺中縣大里市中興路1號", Some("臺中市大里區")),
            ("臺南縣新市鄉中山路1號", Some("臺南市新市區")),
            ("臺南縣左鎮鄉中正路1號", Some("臺南市左鎮區")),
            ("桃園縣桃園市中正路1號", Some("桃園市桃園區")),
            ("高雄縣三民鄉平和巷1號", Some("高雄市那瑪夏區")),
            ("嘉義縣吳鳳鄉中正村1號", Some("嘉義縣阿里山鄉")),
            ("台南市中區民生路1號", Some("臺南市中西區")),
            ("臺北市和平東路1號", None),
            ("和美鎮和東里1鄰彰美路五段1號", None),
            ("12 Rue de Rivoli, Paris", None),
        ] {
            assert_eq!(Township::of(address).map(|one| one.to_string()).as_deref(), township, "{address}");
        }
    }

    #[test]
    fn a_town_that_became_a_city_is_the_one_that_it_was() {
        let of = |address| Township::of(address).unwrap();
        assert_eq!(of("彰化縣員林鎮中正路1號"), of("彰化縣員林市中正路1號"));
        assert_ne!(of("臺中市東區樂業路1號"), of("臺中市西區民生路1號"));
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
