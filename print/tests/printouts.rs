//! What is printed, as another program reads it.

mod reader;

use std::path::Path;
use std::{fs, thread};

use chrono::{DateTime, FixedOffset};
use encoding_rs::BIG5;
use huzheng_print::{FontsFault, Language, Printer, Printout, Template};
use proptest::prelude::*;
use reader::Reading;
use serde_json::{Value, json};
use tempfile::TempDir;

const TEXT: Template =
    Template { name: "text", text: "#import \"/office.typ\": *\n#show: printout\n#prose(data.text)\n*#prose(data.text)*\n" };

const CHART: Template = Template {
    name: "chart",
    text: "#import \"/office.typ\": *\n#show: printout\n= #data.heading\n#chart(data.chart)\n#ruled((1fr, auto), data.head, data.rows)\n",
};

fn moment(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

fn printout(template: Template, data: Value) -> Printout {
    Printout {
        template,
        language: Language::Chinese,
        title: "一次告知單".to_owned(),
        author: "彰化縣和美戶政事務所".to_owned(),
        made_at: moment("2026-11-23T09:00:00+08:00"),
        data,
    }
}

fn printed(data: &str) -> Vec<u8> {
    Printer::new().print(&printout(TEXT, json!({"text": data}))).unwrap()
}

#[test]
fn a_printout_says_what_it_was_given_in_fonts_of_its_own() {
    let reading = Reading::of(&printed("申請人：王大明（𥕢）\n第二行\n\n第二段 ʉ"));
    let text = reading.text();
    for part in ["一次告知單", "申請人：王大明（𥕢）", "第二行", "第二段", "ʉ", "第 1 頁，共 1 頁"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(reading.pages[0].contains("（𥕢）\n第二行\n第二段"), "{:?}", reading.pages);
    let names: Vec<&str> = reading.fonts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["NotoSans-Bold", "NotoSans-Regular", "NotoSansTC-Bold", "NotoSansTC-Regular"]);
    assert!(reading.fonts.iter().all(|(_, embedded)| *embedded), "{:?}", reading.fonts);
}

#[test]
fn a_printout_says_by_which_standards_it_goes_and_of_which_moment_it_is() {
    let metadata = Reading::of(&printed("本文")).metadata;
    for part in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "2026-11-23T09:00:00+08:00",
        "zh-TW",
        "一次告知單",
        "彰化縣和美戶政事務所",
    ] {
        assert!(metadata.contains(part), "{part} in {metadata}");
    }
}

#[test]
fn an_english_printout_is_read_aloud_in_english() {
    let english = Printout { language: Language::English, ..printout(TEXT, json!({"text": "A text"})) };
    let reading = Reading::of(&Printer::new().print(&english).unwrap());
    assert!(reading.metadata.contains(">en<") && reading.text().contains("Page 1 of 1"), "{reading:?}");
}

#[test]
fn the_same_printout_is_the_same_bytes_and_another_one_is_not() {
    let first = printed("同一內容");
    assert!((0..3).all(|_| printed("同一內容") == first));
    assert_ne!(printed("另一內容"), first);
    let at_once: Vec<_> = (0..4).map(|_| thread::spawn(|| printed("同一內容"))).collect();
    assert!(at_once.into_iter().all(|one| one.join().unwrap() == first));
}

#[test]
fn a_character_that_no_font_has_is_named() {
    let text = Reading::of(&printed("𠮷先生、👍、\u{e000}")).text();
    assert!(text.contains("⬚U+20BB7先生、⬚U+1F44D、⬚U+E000"), "{text}");
}

#[test]
fn what_joins_a_character_is_shown_with_it_or_named() {
    let printer = Printer::new();
    let shown = |text: &str| printer.fonts().printable(text);
    assert_eq!(shown("m\u{304}"), "m\u{304}");
    assert_eq!(shown("葛\u{e0100}"), "葛", "a variation selector has no look of its own");
    assert_eq!(shown("王\u{328}"), "王⬚U+0328", "no font has both");
    assert_eq!(shown("👨\u{200d}👩"), "⬚U+1F468⬚U+1F469");
    assert_eq!(shown("\u{304}王\u{7}\u{328}"), "⬚U+0304王⬚U+0328", "it joins neither what stands before a text");
    assert_eq!(shown("a\r\nb\tc\u{7}\u{feff}"), "a\nb c");
}

#[test]
fn a_run_without_a_blank_does_not_leave_the_page() {
    let run = "0123456789abcdef".repeat(16);
    let reading = Reading::of(&printed(&run));
    assert!(reading.pages[0].lines().all(|line| line.chars().count() < 100), "{:?}", reading.pages);
    assert!(reading.text().replace('\u{200b}', "").contains(&run), "{:?}", reading.pages);
}

#[test]
fn every_character_of_the_basic_planes_of_cns_11643_that_texts_are_written_in_has_a_glyph() {
    // Planes 1 and 2 are the characters of Big5 from A140 to F9D5.
    let printer = Printer::new();
    let pairs = (0xa1_u8..=0xf9).flat_map(|lead| (0x40_u8..=0x7e).chain(0xa1..=0xfe).map(move |trail| [lead, trail]));
    let pairs = pairs.filter(|pair| !(*pair >= [0xc6, 0xa1] && *pair < [0xc9, 0x40]) && *pair <= [0xf9, 0xd5]);
    let (mut count, mut lacking) = (0, String::new());
    for pair in pairs {
        let (text, _, broken) = BIG5.decode(&pair);
        if !broken {
            count += 1;
            lacking.extend(text.chars().filter(|c| !printer.fonts().has(*c)));
        }
    }
    assert!(count > 13_000, "{count}");
    // And the 33 signs that stand for control characters.
    assert_eq!(lacking.replace(|c| ('\u{2400}'..='\u{2421}').contains(&c), ""), "≒");
}

#[test]
fn a_chart_is_drawn_with_its_text_and_told_to_whoever_hears_it() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 640 60" width="640" height="60"
        font-family="'Noto Sans TC',sans-serif" font-size="13"><title>收受</title><defs><pattern id="p" width="8" height="8"
        patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#fff"/><circle cx="4" cy="4" r="2" fill="#b45309"/></pattern></defs>
        <rect x="10" y="10" width="0" height="12" fill="url(#p)"/><rect x="10" y="30" width="90" height="12" fill="url(#p)"/>
        <text x="110" y="40">九件𠮷</text></svg>"##;
    let data = json!({
        "heading": "依類別", "chart": {"svg": svg, "text": "收受：查詢 9 件"}, "head": ["項目", "件數"], "rows": [["查詢", "9"], ["建議", "0"]]
    });
    let reading = Reading::of(&Printer::new().print(&printout(CHART, data)).unwrap());
    assert_eq!(reading.alternatives, ["收受：查詢 9 件"]);
    assert!(reading.text().contains("九件⬚U+20BB7"), "{reading:?}");
    for kind in ["Figure", "H1", "Table", "TH", "TD"] {
        assert!(reading.structure.contains(kind), "{kind} in {:?}", reading.structure);
    }
}

#[test]
fn words_are_never_commands_and_no_file_or_clock_is_in_reach() {
    let text = Reading::of(&printed("#read(\"/etc/passwd\") *x* = y $z$ @q <b> // c")).text();
    assert!(text.contains("#read(\"/etc/passwd\") *x* = y $z$ @q <b> // c"), "{text}");
    for command in ["read(\"/etc/hostname\")", "image(\"/x.svg\")", "datetime.today()", "include \"@preview/a:0.1.0\""] {
        let text: &'static str = format!("#import \"/office.typ\": *\n#show: printout\n#{command}").leak();
        let refused = Printer::new().print(&printout(Template { name: "reaching", text }, json!({}))).unwrap_err().to_string();
        assert!(refused.starts_with("reaching, line 3: "), "{refused}");
    }
}

#[test]
fn a_fault_tells_its_place_and_no_word_that_was_to_be_printed() {
    let text = "#import \"/office.typ\": *\n#show: printout\n#int(data.text)";
    let fault = Printer::new().print(&printout(Template { name: "faulty", text }, json!({"text": "秘密"}))).unwrap_err();
    assert!(fault.to_string().starts_with("faulty, line 3: ") && !format!("{fault} {fault:?}").contains("秘密"), "{fault:?}");
}

#[test]
fn a_folder_brings_further_fonts_or_is_refused() {
    let folder = TempDir::new().unwrap();
    let unusable = |path: &Path| Printer::with_folder(path).unwrap_err();
    assert!(matches!(unusable(&folder.path().join("none")), FontsFault::Unreadable { .. }));
    assert!(matches!(unusable(folder.path()), FontsFault::Empty(_)));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts/NotoSans-Regular.ttf");
    let mut font = fs::read(own).unwrap();
    fs::write(folder.path().join("again.TTF"), &font).unwrap();
    assert!(Printer::with_folder(folder.path()).unwrap().print(&printout(TEXT, json!({"text": "ʉ"}))).is_ok());
    fs::write(folder.path().join("broken.otf"), "no font").unwrap();
    assert!(matches!(unusable(folder.path()), FontsFault::NoFont(path) if path.ends_with("broken.otf")));
    fs::remove_file(folder.path().join("broken.otf")).unwrap();
    // Its makers let nobody embed it (OS/2, fsType 2).
    let entry = font.windows(4).position(|tag| tag == b"OS/2").unwrap();
    let table = usize::try_from(u32::from_be_bytes(font[entry + 8..entry + 12].try_into().unwrap())).unwrap();
    font[table + 8..table + 10].copy_from_slice(&[0, 2]);
    fs::write(folder.path().join("closed.ttf"), &font).unwrap();
    assert!(matches!(unusable(folder.path()), FontsFault::NoFont(path) if path.ends_with("closed.ttf")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_prints(text in "(\\PC|\\p{M}|[\\p{Cc}\\p{Cf}\\p{Co}]|[ĀēʉØ一龜𥕢]){0,60}") {
        let printer = Printer::new();
        let shown = printer.fonts().printable(&text);
        prop_assert_eq!(printer.fonts().printable(&shown), shown.clone(), "what is printable stays as it is");
        let pdf = printer.print(&printout(TEXT, json!({"text": text})));
        prop_assert!(pdf.is_ok(), "{} {:?}", pdf.unwrap_err(), text);
    }
}
