//! What tells of somebody by a number or a name of its own, where it is called what it is: accounts, plates, days of birth, papers, land, and
//! the names by which somebody is reached in a network. What has the form of one, and may be another thing, is left to people.

use std::sync::LazyLock;

use regex::Regex;

use super::{DIGIT, NUMERAL, Narrowed, Place, made};

/// What stands between what a thing is called and the thing: no digit, and nothing that parts sentences.
const LINK: &str = "(?:[ :=#]|[是為为乃])*(?:no\\.? ?|number ?)?(?:[ :=#]|[是為为])*";

/// A pattern, and whether what it finds is nothing else. Where it has a group, that is what is found.
struct Kind {
    pattern: Regex,
    is_certain: bool,
}

fn sure(pattern: &str) -> Kind {
    Kind { pattern: made(&format!("(?i){pattern}")), is_certain: true }
}

fn open(pattern: &str) -> Kind {
    Kind { pattern: made(&format!("(?i){pattern}")), is_certain: false }
}

static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| [accounts(), vehicles(), births(), papers(), land(), networks()].into_iter().flatten().collect());

/// Accounts of banks and of the post, and the cards of either.
fn accounts() -> Vec<Kind> {
    let called = "(?:[帳賬帐账](?:[號号][碼码]?|[戶户])|[戶户][頭头]|局[號号]|存摺|存簿|[匯汇]款至|[轉转][帳账帐][到至入]|account|a/c|acct)";
    let bank = "(?:[^0-9\\n。,;]{0,12}[(][0-9]{3}[)] *)?";
    vec![
        sure(&format!("{called}{LINK}{bank}(?P<it>{DIGIT}(?:[ -]?{DIGIT}){{4,19}})")),
        sure(r"(?-u:\b)(?P<it>iban(?: ?[:#])? ?[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{2,4}){3,8})"),
        sure(r"(?-u:\b)(?P<it>[a-z]{2}[0-9]{2}(?: [a-z0-9]{4}){3,7}(?: [a-z0-9]{1,3})?)(?-u:\b)"),
    ]
}

/// Plates of vehicles: of two parts, one of which has letters.
fn vehicles() -> Vec<Kind> {
    let plate = r"(?:[a-z]{2,3} ?- ?[0-9]{3,4}|[0-9]{3,4} ?- ?[a-z]{2,3}|[a-z][0-9] ?- ?[0-9]{4}|[0-9]{4} ?- ?[a-z][0-9]|[0-9]{4} ?- ?[0-9][a-z]|[0-9][a-z] ?- ?[0-9]{4})";
    let loose = r"(?:[a-z]{2,3} ?[0-9]{3,4}|[0-9]{3,4} ?[a-z]{2,3})";
    let called = "(?:[車车]牌(?:[號号][碼码]?)?|[車车][號号]|牌照(?:[號号][碼码]?)?|(?-u:\\b)(?:licen[cs]e )?plate)";
    let vehicle = "(?:[車车][輛辆]|[機机][車车]|汽[車车]|自小客[車车]?|[計计]程[車车]|(?-u:\\b)(?:car|scooter|motorcycle))";
    vec![
        sure(&format!("{called}{LINK}(?P<it>{plate}|{loose})(?-u:\\b)")),
        sure(&format!("{vehicle}{LINK}(?P<it>{plate})(?-u:\\b)")),
        sure(&format!("(?-u:\\b)(?P<it>{plate})(?-u:\\b) ?(?:[號号]?(?:自小客|普通重型|[機机][車车]|[車车][輛辆]?|汽[車车]))")),
        open(
            r"(?-u:\b)(?P<it>[a-z]{3}-[0-9]{4}|[a-z]{2}-[0-9]{4}|[0-9]{4}-[a-z]{2}|[a-z]{3}-[0-9]{3}|[0-9]{3}-[a-z]{3})(?-u:\b)",
        ),
    ]
}

/// Days on which somebody was born, in numbers or in words, of either calendar.
fn births() -> Vec<Kind> {
    let months = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    let said = format!(
        "(?:(?:中[華华])?民[國国](?:前)?|西元|公元)? ?{NUMERAL}{{1,4}} ?年 ?{NUMERAL}{{1,3}} ?月 ?{NUMERAL}{{1,3}} ?[日號号]"
    );
    let signed = r"(?:民[國国])? ?[0-9]{2,4} ?[./-] ?[0-9]{1,2} ?[./-] ?[0-9]{1,4}";
    let run = "[0-9]{6,8}";
    let english = format!(
        r"(?:[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{months}\.?,? [0-9]{{4}}|{months}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})"
    );
    let called = "(?:(?:出生(?:年月日|日期|日)?|生日|[誕诞]辰|生[於于])|birthday|birth ?date|date of birth|d\\.?o\\.?b\\.?|born)";
    vec![
        sure(&format!("{called}{LINK}(?:on )?(?P<it>{said}|{english}|{signed}|{run})")),
        sure(&format!("(?P<it>{said}|{signed}) ?(?:出)?生(?:[,。;)]|$|[於于的人之])")),
        open(&format!("(?P<it>{NUMERAL}{{2,4}} ?年次)")),
    ]
}

/// Papers that one human has: by their numbers.
fn papers() -> Vec<Kind> {
    let of_people = "(?:[護护]照|居留[證证]?|永久居留[證证]|[統统]一[證证][號号]|居留[證证]件|外僑居留[證证]|入出境[許许]可[證证]|身分[證证]|身份[證证]|[證证]件|[駕驾][駛驶]?[執执]?照|身心障礙[證证]明|[殘残]障手[冊册]|病[歷历]|[學学]生?[證证]|[員员]工[證证]?|戶籍|台胞[證证]|退伍令|敬老卡)";
    let number = "(?:統一編號|編[號号]|字[號号]|[號号][碼码]?|卡[號号])?";
    let english = "(?:passport|residen(?:t|ce) (?:certificate|permit|card)|a(?:p)?rc|id(?:entity)?(?: card)?|driv(?:er'?s|ing) licen[cs]e|visa)";
    let value = "[a-z]{0,3} ?-?[0-9][0-9a-z]*(?:-[0-9a-z]+)*";
    vec![
        sure(&format!("{of_people}{number}{LINK}(?P<it>[a-z]{{0,3}}[0-9]{{5,12}}[a-z]?)(?-u:\\b)")),
        sure(&format!("(?-u:\\b){english}{LINK}(?P<it>[a-z]{{0,3}}[0-9]{{5,12}}[a-z]?)(?-u:\\b)")),
        sure(&format!("健保(?:ic)?卡?(?:卡?[號号][碼码]?)?{LINK}(?P<it>{DIGIT}(?:[ -]?{DIGIT}){{7,15}})")),
        sure(&format!("(?:nhi|health insurance) ?(?:card)?{LINK}(?P<it>[0-9](?:[ -]?[0-9]){{7,15}})")),
        sure(&format!(
            "(?:[學学][號号]|工[號号]|病[歷历][號号][碼码]?|[戶户]口?名?簿?[號号]|[員员][編编])[碼码]?{LINK}(?P<it>{value})"
        )),
        // As a number of somebody is made, whether it is one or was mistyped.
        sure(r"(?-u:\b)(?P<it>[a-z][a-d1289][0-9]{8})(?-u:\b)"),
        open(r"(?-u:\b)(?P<it>[a-z]{1,2}-?[0-9]{7,9})(?-u:\b)"),
    ]
}

/// Land and what stands on it, by which its owner is read in the land register: 和美段123-4地號.
fn land() -> Vec<Kind> {
    let number = format!("{NUMERAL}+(?: ?[-之] ?{NUMERAL}+)?");
    let section = "(?:[\\p{Han}--[在於于為为是的位及與与]]{1,5}段(?:[\\p{Han}--[在於于為为是的]]{1,4}小段)?)?";
    vec![
        sure(&format!("(?P<it>{section} ?(?:第 ?)?{number} ?(?:[、,] ?{number} ?)*[地建][號号])")),
        sure(&format!("(?P<it>{section} ?[地建][號号]{LINK}(?:第 ?)?{number})")),
        open(&format!("(?P<it>[\\p{{Han}}--[在於于為为是的位及與与]]{{1,4}}小段 ?{number})")),
        sure(&format!("(?:land|lot|parcel|building) number{LINK}(?P<it>[0-9]+(?:-[0-9]+)?)")),
        open(r"(?P<it>[0-9]{1,2}\.[0-9]{3,}[, ]{1,2}1[0-9]{2}\.[0-9]{3,})"),
    ]
}

/// Names by which somebody is reached in a network.
fn networks() -> Vec<Kind> {
    let name = "@?[a-z0-9_][a-z0-9._-]{2,30}";
    let telling = "(?:@[a-z0-9._-]{3,30}|[a-z][a-z._-]*[0-9_][a-z0-9._-]{1,30})";
    let latin = "(?:line|wechat|telegram|whatsapp|signal|instagram|ig|facebook|fb|messenger|discord|skype|twitter|threads|tiktok|plurk|dcard|ptt|qq)";
    let called = format!("(?:(?-u:\\b){latin}|[賴赖]|微信|臉書|脸书|抖音|小[紅红][書书]|噗浪)");
    let host = "(?:line\\.me/(?:ti/p|r/ti/p)|t\\.me|wa\\.me|instagram\\.com|facebook\\.com|fb\\.com|m\\.me|twitter\\.com|x\\.com|threads\\.net|tiktok\\.com|lin\\.ee)";
    vec![
        sure(&format!("(?:{called}|加) ?(?:的 ?)?(?:id|[帳账帐][號号]|暱[稱称]) ?[:=是為为]* ?(?P<it>{name})")),
        sure(&format!("{called} ?[:=] ?(?P<it>{name})")),
        sure(&format!("{called} ?(?:是|為|为|搜[尋寻])? ?(?P<it>{telling})")),
        sure(&format!("(?P<it>{host}/[@~]?[a-z0-9._~=?-]{{3,}})")),
        open("(?:^|[^a-z0-9._%+-])(?P<it>@[a-z0-9_][a-z0-9._]{3,30})(?:$|[^a-z0-9._@])"),
    ]
}

/// Where they stand, in no order.
pub fn found(text: &Narrowed) -> Vec<Place> {
    let places = |kind: &Kind| -> Vec<Place> {
        let all = kind.pattern.captures_iter(&text.text).filter_map(|found| found.name("it"));
        all.map(|it| Place { at: text.place(&it.range()), is_certain: kind.is_certain }).collect()
    };
    KINDS.iter().flat_map(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        found(&Narrowed::of(text)).into_iter().map(|place| (&text[place.at], place.is_certain)).collect()
    }

    /// What is said, and what of it tells of somebody.
    const TELLING: [(&str, &str); 66] = [
        ("帳號12345-6789", "12345-6789"),
        ("帳號：〇一二三四五六", "〇一二三四五六"),
        ("帐号是 123456", "123456"),
        ("帳戶 0012345 0123456", "0012345 0123456"),
        ("匯款至彰化銀行(009) 12345", "12345"),
        ("局號 0081234", "0081234"),
        ("戶頭為一二三四五六七", "一二三四五六七"),
        ("account no. 12345-678", "12345-678"),
        ("Account number: 123456", "123456"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN DE89 3704 0044 0532 0130 00"),
        ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        ("車牌ABC-1234", "ABC-1234"),
        ("車牌號碼：AB-1234", "AB-1234"),
        ("車號1234-AB", "1234-AB"),
        ("車號 ＡＢＣ－１２３４", "ＡＢＣ－１２３４"),
        ("牌照號碼為 ABC1234", "ABC1234"),
        ("機車 123-ABC", "123-ABC"),
        ("ABC-1234號自小客車", "ABC-1234"),
        ("2A-1234 車輛", "2A-1234"),
        ("plate no. ABC-1234", "ABC-1234"),
        ("生日70年5月12日", "70年5月12日"),
        ("出生年月日：民國七十年五月十二日", "民國七十年五月十二日"),
        ("出生日期 70/5/12", "70/5/12"),
        ("生於民國七十年五月十二日", "民國七十年五月十二日"),
        ("生日是 0700512", "0700512"),
        ("生日 1981.05.12", "1981.05.12"),
        ("西元1981年5月12日生", "西元1981年5月12日"),
        ("70.5.12生，", "70.5.12"),
        ("民國六十年三月三日出生。", "民國六十年三月三日"),
        ("born on 12 May 1981", "12 May 1981"),
        ("born May 12, 1981", "May 12, 1981"),
        ("Date of birth: 1981-05-12", "1981-05-12"),
        ("DOB 12/05/1981", "12/05/1981"),
        ("護照號碼312345678", "312345678"),
        ("護照：A12345678", "A12345678"),
        ("Passport No. AB123456", "AB123456"),
        ("passport 312345678", "312345678"),
        ("居留證號AC12345678", "AC12345678"),
        ("統一證號 A800000014", "A800000014"),
        ("居留證 FD12345678", "FD12345678"),
        ("ARC number: AC12345678", "AC12345678"),
        ("resident certificate AC12345678", "AC12345678"),
        ("身分證字號A123456780", "A123456780"),
        ("健保卡號000012345678", "000012345678"),
        ("健保卡 0000 1234 5678", "0000 1234 5678"),
        ("健保IC卡號碼：〇〇〇〇一二三四五六七八", "〇〇〇〇一二三四五六七八"),
        ("NHI card no. 000012345678", "000012345678"),
        ("病歷號碼 1234567", "1234567"),
        ("學號 S1234567", "S1234567"),
        ("戶號F1234567", "F1234567"),
        ("駕照號碼 A12345678", "A12345678"),
        ("地號：123-4", "地號：123-4"),
        ("和美段123-4地號", "和美段123-4地號"),
        ("和美段竹圍小段 0123-0000 地號", "和美段竹圍小段 0123-0000 地號"),
        ("和平段十二之三地號", "和平段十二之三地號"),
        ("和美段45建號", "和美段45建號"),
        ("建號 45", "建號 45"),
        ("LINE ID: wang.xm", "wang.xm"),
        ("LINE：wangxm", "wangxm"),
        ("加賴ID wangxm", "wangxm"),
        ("line id是 wang_88", "wang_88"),
        ("微信：wxid_abc", "wxid_abc"),
        ("Telegram @wangxm", "@wangxm"),
        ("IG：wang.xm", "wang.xm"),
        ("facebook.com/wang.xm", "facebook.com/wang.xm"),
        ("https://line.me/ti/p/AbC123", "line.me/ti/p/AbC123"),
    ];

    #[test]
    fn what_is_called_what_it_is_is_somebodys() {
        for (said, it) in TELLING {
            for text in [format!("他的{said}"), format!("。{said}，請查")] {
                assert!(told(&text).contains(&(it, true)), "{text}: {:?}", told(&text));
            }
        }
    }

    #[test]
    fn what_has_the_form_of_one_is_left_to_people() {
        for it in ["ABC-1234", "1234-AB", "70年次", "AB-12345678", "竹圍小段12", "@wangxm", "24.1234, 120.5678"] {
            let text = format!("另有 {it} 如上");
            assert!(told(&text).contains(&(it, false)), "{it}: {:?}", told(&text));
            assert!(told(&text).iter().all(|(_, is_certain)| !is_certain), "{it}: {:?}", told(&text));
        }
    }

    #[test]
    fn what_tells_of_nobody_is_not_found() {
        for innocent in [
            "帳號無法登入",
            "帳戶凍結3天",
            "存摺遺失",
            "車牌遺失3日",
            "停車格12格",
            "機車3輛",
            "115年11月23日",
            "115年11月23日發生",
            "2026/11/23",
            "生日禮金1000元",
            "出生登記3日內辦理",
            "民國115年生效",
            "護照遺失",
            "護照換發要5天",
            "居留證逾期30日",
            "健保卡換發",
            "身分證換發須200元",
            "戶籍謄本2份",
            "戶口名簿1本",
            "地號不詳",
            "建號誤植",
            "彰美路五段",
            "這段時間",
            "第3段路面",
            "LINE 官方帳號",
            "LINE通知沒收到",
            "online service",
            "the line is long",
            "臉書粉絲專頁",
            "民眾@櫃檯",
            "115-000123號函",
            "戶籍法第17條",
            "B115-7K3QX",
            "10:30-11:30",
            "COVID-19",
            "車輛 2000 cc",
            "fb2026活動",
            "facebook 2026",
            "賴主任3次來電",
            "公車101路",
            "car 100 km",
        ] {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
