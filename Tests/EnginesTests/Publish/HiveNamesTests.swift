import Testing

@testable import Engines

@Suite struct HiveNamesTests {
    @Test(
        "DuckDB's names for partitions become Spark's",
        arguments: [
            ("k=north", "k=north"), ("k=", "k=__HIVE_DEFAULT_PARTITION__"), ("k=%C3%BC%20a", "k=ü a"),
            ("re%20gion%3D=a%2Fb%3Dc%25d.x~y%3A%22", "re gion%3D=a%2Fb%3Dc%25d.x~y%3A%22"), ("k=%0A%7F", "k=%0A%7F"),
            ("k=%5Ba%5D%7Bb%7D%5E", "k=%5Ba%5D%7Bb}%5E"), ("part", "part"), ("k=%zz%", "k=%25zz%25"),
        ])
    func names(_ pair: (duckDB: String, spark: String)) {
        #expect(HiveNames.spelt(pair.duckDB) == pair.spark)
    }
}
