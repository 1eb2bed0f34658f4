-- What daily_flights should have written, computed by hand from the raw files, without the daily folders and without
-- quicketl; and a comparison of the two. Prints one row: days, rows written, rows missing, rows too many.
CREATE TEMP TABLE expected AS
SELECT make_date(f.year, f.month, f.day) AS date, f.origin, f.carrier, a.name AS airline,
       count(*) AS flights,
       count(CASE WHEN f.dep_delay > 15 THEN 1 END) AS late,
       round(sum(f.dep_delay) / count(f.dep_delay), 2) AS avg_dep_delay,
       max(f.dep_delay) AS max_dep_delay,
       sum(f.distance) AS miles,
       round(count(CASE WHEN f.dep_delay > 15 THEN 1 END) / count(*), 4) AS late_share
FROM read_csv('.tools/data/nycflights13/flights.csv', nullstr = ['', 'NA'], sample_size = -1) f,
     read_csv('.tools/data/nycflights13/airlines.csv', header = true) a
WHERE a.carrier = f.carrier AND f.dep_time IS NOT NULL
  AND f.year = 2013 AND f.month = 1 AND f.day BETWEEN 1 AND 14
GROUP BY ALL;

CREATE TEMP TABLE written AS
SELECT date, origin, carrier, airline, flights, late, avg_dep_delay, max_dep_delay, miles, late_share
FROM read_parquet('demo/.data/out/daily_flights/date=*/origin=*/*.parquet',
                  hive_partitioning = true, hive_types = {'date': DATE, 'origin': VARCHAR});

SELECT (SELECT count(DISTINCT date) FROM written) AS days,
       (SELECT count(*) FROM written) AS rows,
       (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM written)) AS missing,
       (SELECT count(*) FROM (FROM written EXCEPT ALL FROM expected)) AS too_many;
