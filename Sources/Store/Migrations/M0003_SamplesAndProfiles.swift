extension Migration {
    /// Examples of what failed a check, and what a run takes from its submitter's project file.
    static let samplesAndProfiles = Migration(
        version: 3, name: "samples_and_profiles",
        sql: #"""
            -- Up to five keys or values of rows that failed: a list of texts.
            ALTER TABLE checks ADD COLUMN samples jsonb NOT NULL DEFAULT '[]';

            -- As in the request: profiles, nothing in them resolved, and the one that variables stand for.
            ALTER TABLE runs ADD COLUMN project_yaml text, ADD COLUMN profile text;
            """#)
}
