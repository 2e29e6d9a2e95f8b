-- Every wake writes its enrollment anew, and everybody of a batch stands on the same pages. With room beside it the new row
-- stays on its page, and the log holds only what differs: 146 bytes less a wake. Without, the table grows as large all the same.
alter table enrollments set (fillfactor = 50);
