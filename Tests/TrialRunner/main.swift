import Foundation
import RouterTrial

// Tells what the router would have made of measured runs (`make regret`): the files of the routing benchmark's lines.

let paths = Array(CommandLine.arguments.dropFirst())
guard !paths.isEmpty else {
    FileHandle.standardError.write(Data("usage: quicketl-trial FILE…\n".utf8))
    exit(2)
}
do {
    print(TrialText(Trial(try paths.flatMap { try TrialRun.read($0) })).text)
} catch {
    FileHandle.standardError.write(Data("quicketl-trial: \(error)\n".utf8))
    exit(1)
}
