//! The notice on paper: lines of text, and the same lines as a PDF page.

use chrono::NaiveDate;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::super::case::Case;
use super::super::types::model::{CaseRules, PaperForm};
use super::store::Notice;
use crate::calendar::roc_date;

/// The notice as lines.
pub struct Page {
    title: String,
    lines: Vec<String>,
}

fn form_in_words(form: PaperForm) -> &'static str {
    match form {
        PaperForm::Original => "正本（驗畢發還）",
        PaperForm::HandIn => "正本（收存）",
        PaperForm::Copy => "影本",
        PaperForm::Action => "當場辦理",
    }
}

fn in_words(day: NaiveDate) -> String {
    format!("民國 {}", roc_date(day))
}

/// Writes the notice out.
pub fn page(case: &Case, rules: &CaseRules, notice: &Notice, applicant: &str) -> Page {
    let mut lines = vec![
        format!("編號：{}", notice.number),
        format!("申請事項：{}", rules.name.zh),
        format!("案件編號：{}", case.number.as_deref().unwrap_or("")),
        format!("申請人：{applicant}"),
        format!("受理日期：{}", in_words(case.received_at.date())),
        String::new(),
        "您申辦之案件尚缺下列文件，請於期限前一次補齊：".to_owned(),
        String::new(),
    ];
    for item in &notice.items {
        let tick = if item.received_at.is_some() { "■" } else { "□" };
        let others: Vec<String> = notice.others(item).map(|other| other.n.to_string()).collect();
        let choice = if others.is_empty() { String::new() } else { format!("（與第 {} 項擇一）", others.join("、")) };
        lines.push(format!("{tick} {}. {}　{}{choice}", item.n, item.name.zh, form_in_words(item.form)));
        if let Some(note) = &item.note {
            lines.push(format!("　　說明：{note}"));
        }
    }
    if let Some(fact) = &notice.new_fact {
        lines.push(String::new());
        lines.push(format!("新增文件之事由：{fact}"));
    }
    lines.extend([
        String::new(),
        format!("補正期限：{}（{}）", in_words(notice.due_on), notice.due_on),
        format!("告知日期：{}", in_words(notice.made_at.date())),
        "法令依據：戶籍法施行細則第20條".to_owned(),
        "逾期未補正者，本所得駁回申請；文件補齊後請洽原承辦人。".to_owned(),
    ]);
    Page { title: "彰化縣和美戶政事務所　一次告知單".to_owned(), lines }
}

/// Characters on one line of the page: full-width ones count two.
const WIDTH: usize = 68;

fn width(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

/// Breaks a line where the page ends.
fn wrapped(line: &str) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        if used + width(c) > WIDTH {
            rows.push("　　".to_owned());
            used = 4;
        }
        used += width(c);
        rows.last_mut().expect("there is a row").push(c);
    }
    rows
}

impl Page {
    /// Plain text, one line each.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.title);
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// A PDF whose font is one of those that every reader for Chinese brings (ISO 32000-1 §9.7.5.2): two kilobytes
    /// a notice instead of megabytes of font, and every character of Unicode that the reader's font has.
    pub fn pdf(&self) -> Vec<u8> {
        const ROWS: usize = 46;
        let rows: Vec<String> = self.lines.iter().flat_map(|line| wrapped(line)).collect();
        let sheets: Vec<&[String]> = rows.chunks(ROWS).collect();
        let mut next = 1;
        let mut id = || {
            next += 1;
            Ref::new(next - 1)
        };
        let (catalog, tree, font, descendant, descriptor, info) = (id(), id(), id(), id(), id(), id());
        let pages: Vec<(Ref, Ref)> = sheets.iter().map(|_| (id(), id())).collect();
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.document_info(info).title(TextStr(&self.title)).producer(TextStr("Huzheng"));
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
        for ((page_id, content_id), sheet) in pages.iter().zip(&sheets) {
            let mut page = pdf.page(*page_id);
            page.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(*content_id);
            page.resources().fonts().pair(Name(b"F"), font);
            page.finish();
            pdf.stream(*content_id, &self.content(sheet).finish());
        }
        write_font(&mut pdf, font, descendant, descriptor);
        pdf.finish()
    }

    fn content(&self, rows: &[String]) -> Content {
        let mut content = Content::new();
        content.begin_text();
        content.set_font(Name(b"F"), 16.0).next_line(60.0, 780.0).show(Str(&utf16(&self.title)));
        content.set_font(Name(b"F"), 12.0).set_leading(15.5).next_line(0.0, -34.0);
        for row in rows {
            content.show(Str(&utf16(row))).next_line(0.0, -15.5);
        }
        content.end_text();
        content
    }
}

/// Text for the encoding UniCNS-UTF16-H.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn write_font(pdf: &mut Pdf, font: Ref, descendant: Ref, descriptor: Ref) {
    const FACE: Name = Name(b"MSung-Light");
    pdf.type0_font(font).base_font(FACE).encoding_predefined(Name(b"UniCNS-UTF16-H")).descendant_font(descendant);
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"CNS1"), supplement: 0 };
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type0).base_font(FACE).system_info(system).font_descriptor(descriptor).default_width(1000.0);
    // The Latin characters of the collection are half as wide.
    cid.widths().same(1, 95, 500.0);
    cid.finish();
    pdf.font_descriptor(descriptor)
        .name(FACE)
        .flags(FontFlags::SERIF | FontFlags::SYMBOLIC)
        .bbox(Rect::new(-160.0, -249.0, 1015.0, 1071.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(880.0)
        .stem_v(93.0);
}
