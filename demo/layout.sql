-- Lays the year of flights out as one folder per day, as a landing zone would. Run by demo/data from the root.
-- In the source, a value that is not known is written NA: a flight without a departure was cancelled.
SET TimeZone = 'UTC';
SET partitioned_write_max_open_files = 400; -- all days open at once: one file per day

COPY (
    SELECT *, make_date(year, month, day) AS date
    FROM read_csv('.tools/data/nycflights13/flights.csv', nullstr = ['', 'NA'], sample_size = -1)
) TO 'demo/.data/.new' (FORMAT parquet, PARTITION_BY (date), FILENAME_PATTERN 'flights');
