//! Who may do what with uploads: whoever sent one, by account or by its secret; what is attached is read by those whom its record is
//! shown.

use crate::policy;

policy! {
    CreateUpload "create_upload" "" key [];
    GetUpload "get_upload" "" [];
    PutUpload "put_upload" "" [];
    AppendUpload "append_upload" "" [];
    DeleteUpload "delete_upload" "" [];
    GetUploadContent "get_upload_content" "upload.read" [Citizen Own, Proxy Own, Clerk Assigned, Chief Any, Director Any];
}
