import Pipeline
import Testing

@Suite struct ResolvedPathTests {
    @Test(arguments: [
        ("out/daily", "/work/out/daily"), ("./out//daily/", "/work/out/daily"), ("../x", "/x"), ("../../../x", "/x"),
        ("/a/b/../c/.", "/a/c"), ("/", "/"), (".", "/work"), ("s3://lake/out/", "s3://lake/out"),
        ("s3://lake/a/../b", "s3://lake/a/../b"),
    ])
    func everySpellingOfAPlaceIsTheSameText(path: String, absolute: String) {
        #expect(ResolvedPath.absolute(path, in: "/work") == absolute)
        #expect(ResolvedPath.absolute(path, in: "/work/") == absolute)
    }
}
