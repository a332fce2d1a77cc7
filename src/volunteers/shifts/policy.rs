//! Who may do what with shifts: the office plans them, and volunteers read what is planned.

use crate::policy;

policy! {
    ListShifts "list_shifts" "shift.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    GetShift "get_shift" "shift.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    ListShiftHistory "list_shift_history" "shift.read" [Clerk Any, Chief Any, Director Any];
    CreateShift "create_shift" "shift.write" key [Clerk Any, Chief Any];
    UpdateShift "update_shift" "shift.write" alone [Clerk Any, Chief Any];
    DeleteShift "delete_shift" "shift.write" alone [Clerk Any, Chief Any];
    CancelShift "cancel_shift" "shift.write" alone [Clerk Any, Chief Any];
    RestoreShift "restore_shift" "shift.write" alone [Clerk Any, Chief Any];
    GenerateShifts "generate_shifts" "shift.write" alone [Clerk Any, Chief Any];
    ImportShifts "import_shifts" "shift.write" alone [Clerk Any, Chief Any];
    UndoShiftBatch "undo_shift_batch" "shift.write" alone [Clerk Any, Chief Any];
    ListShiftBatches "list_shift_batches" "shift.read" [Clerk Any, Chief Any, Director Any];
    GetShiftBatch "get_shift_batch" "shift.read" [Clerk Any, Chief Any, Director Any];
    ListShiftTemplates "list_shift_templates" "shift.read" [Clerk Any, Chief Any, Director Any];
    GetShiftTemplate "get_shift_template" "shift.read" [Clerk Any, Chief Any, Director Any];
    CreateShiftTemplate "create_shift_template" "shift.write" key [Clerk Any, Chief Any];
    UpdateShiftTemplate "update_shift_template" "shift.write" [Clerk Any, Chief Any];
    EndShiftTemplate "end_shift_template" "shift.write" [Clerk Any, Chief Any];
    ResumeShiftTemplate "resume_shift_template" "shift.write" [Clerk Any, Chief Any];
}
