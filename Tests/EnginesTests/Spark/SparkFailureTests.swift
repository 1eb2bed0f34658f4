import Fleet
import Testing

@testable import Engines

/// What Spark's own words, as they were met, are taken for.
@Suite struct SparkFailureTests {
    @Test(arguments: [
        // A server of another user, in a folder that the worker made.
        "java.io.IOException java.lang.Exception Mkdirs failed to create file:/data/.staging/out/_temporary/0 (exists=false)",
        "java.io.FileNotFoundException java.io.IOException /data/in/x.parquet (Permission denied)",
        "org.apache.hadoop.security.AccessControlException java.io.IOException Permission denied: user=spark, access=WRITE",
    ])
    func accessThatIsRefusedIsToldWithWhoMustHaveItAndWithoutThePath(words: String) throws {
        let failure = try #require(SparkFailure(text: words).failure)
        #expect(failure.kind == .accessDenied)
        #expect(failure.message.contains("QUICKETL_STAGING_DIRECTORY"))
        #expect(!failure.message.contains("/data"))
    }

    @Test func wantOfMemoryIsToldWithWhatToSet() throws {
        let failure = try #require(SparkFailure(text: "java.lang.OutOfMemoryError Java heap space").failure)
        #expect(failure.kind == .outOfMemory)
        #expect(failure.message.contains("SPARK_DRIVER_MEMORY"))
    }
}
