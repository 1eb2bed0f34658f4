/// Parts of a date or time, as EXTRACT, `date_trunc` and `date_diff` name them.
enum DatePart {
    /// What EXTRACT takes; `dow` counts from 0, Sunday.
    static let all = ["year", "quarter", "month", "week", "day", "dow", "doy", "hour", "minute", "second", "epoch"]
    /// What `date_trunc` and `date_diff` take, from long to short.
    static let spans = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"]
}
