//! Settings of inquiries: how soon each channel is answered.

use crate::calendar::Period;
use crate::petitions::limit;
use crate::settings::minutes;

crate::settings! {
    /// Inquiries
    /// 民眾詢問
    pub struct InquirySettings;

    /// Minutes of office time within which an inquiry at the counter is answered.
    /// 臨櫃詢問應於幾分鐘（辦公時間）內答復。
    counter_minutes as "inquiries.counter_minutes": i64 = 20, minutes(1..=480);

    /// Minutes of office time within which an inquiry by telephone is answered.
    /// 電話詢問應於幾分鐘（辦公時間）內答復。
    phone_minutes as "inquiries.phone_minutes": i64 = 20, minutes(1..=480);

    /// Period for answering an inquiry over the API.
    /// 答復線上詢問的期間。
    online_inquiry_period as "inquiries.online_period": Period = Period::WorkingDays(3), limit();

    /// Period for answering an inquiry to the public-opinion mailbox.
    /// 答復民意電子信箱詢問的期間。
    mailbox_inquiry_period as "inquiries.mailbox_period": Period = Period::WorkingDays(3), limit();

    /// Period for answering an inquiry by e-mail.
    /// 答復電子郵件詢問的期間。
    email_inquiry_period as "inquiries.email_period": Period = Period::WorkingDays(3), limit();
}
