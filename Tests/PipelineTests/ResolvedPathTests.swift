import Pipeline
import Testing

@Suite struct ResolvedPathTests {
    @Test(arguments: [
        ("out/daily", "/base/out/daily"), ("./out//daily/", "/base/out/daily"), ("../x", "/x"), ("../../../x", "/x"),
        ("/a/b/../c/.", "/a/c"), ("/", "/"), (".", "/base"), ("s3://lake/out/", "s3://lake/out"),
        ("s3://lake/a/../b", "s3://lake/a/../b"),
    ])
    func everySpellingOfAPlaceIsTheSameText(path: String, absolute: String) {
        #expect(ResolvedPath.absolute(path, in: "/base") == absolute)
        #expect(ResolvedPath.absolute(path, in: "/base/") == absolute)
    }
}
