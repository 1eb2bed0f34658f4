import Fleet
import Foundation
import Pipeline
import Support

@testable import Engines

/// A sink with an older result, and attempts that staged newer ones, for every kind of move of files.
struct StagedResult: Sendable {
    var folder: String
    var move: Manifest.Move
    /// Whether there is an older result.
    var replaces: Bool

    static let moves: [Manifest.Move] = [.replaceFile, .exchangeFolder, .addFiles, .exchangePartitions]

    var target: String { folder + (move == .replaceFile ? "/sink.csv" : "/sink") }

    /// What a reader finds before anything is published, by path below `folder`.
    func makeOlder() throws {
        guard replaces else { return }
        switch move {
        case .replaceFile: try write("older", to: target)
        case .exchangeFolder, .addFiles: try write("older", to: target + "/part-older-0.csv")
        case .exchangePartitions, .loadTable:
            try write("older", to: target + "/k=1/part-older-0.csv")
            try write("older", to: target + "/k=9/part-older-0.csv")
        }
    }

    /// Stages a result that holds `text`, as an attempt with this lease would.
    func stage(_ text: String, lease: Lease) throws -> Manifest {
        let place = StagingPlace(in: folder + "/.quicketl-staging", lease: lease)
        try place.create()
        var pairs: [(staged: String, target: String)]
        let part = "part-\(lease.runID)-0.csv"
        let staged = "part-\(lease.runID)-0.\(StagingPlace.stagedEnding(.csv))"
        switch move {
        case .replaceFile: pairs = [(place.result, target)]
        case .exchangeFolder: pairs = [(place.result, target)]
        case .addFiles:
            pairs = ["a", "k=1/b"].map {
                ("\(place.result)/\($0)-\(staged)", "\(target)/\($0)-\(part)")
            }
        case .exchangePartitions, .loadTable:
            pairs = ["k=1", "k=2"].map { ("\(place.result)/\($0)", "\(target)/\($0)") }
        }
        for pair in pairs {
            switch move {
            case .replaceFile, .addFiles: try write(text, to: pair.staged)
            case .exchangeFolder, .exchangePartitions, .loadTable:
                try write(text, to: "\(pair.staged)/\(staged)")
            }
        }
        return Manifest(
            move: move,
            entries: try pairs.map {
                Manifest.Entry(
                    staged: $0.staged, target: $0.target, inode: try FileSystem.entry(at: $0.staged)?.inode ?? 0,
                    bytes: 0)
            }, stagingDirectory: place.directory, lease: lease)
    }

    /// Every file below the folder with its text: what is at the sink, and what was left elsewhere.
    func found() throws -> [String: String] {
        try Dictionary(
            uniqueKeysWithValues: FileSystem.files(below: folder).map {
                ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8))
            })
    }

    /// What `found` answers once results of these runs were published, in order.
    func expected(_ runs: [(id: RunID, text: String)]) -> [String: String] {
        var files: [String: String] = [:]
        if replaces {
            switch move {
            case .replaceFile: files = ["sink.csv": "older"]
            case .exchangeFolder, .addFiles: files = ["sink/part-older-0.csv": "older"]
            case .exchangePartitions, .loadTable:
                files = ["sink/k=1/part-older-0.csv": "older", "sink/k=9/part-older-0.csv": "older"]
            }
        }
        for (id, text) in runs {
            let part = "part-\(id)-0.csv"
            switch move {
            case .replaceFile: files = ["sink.csv": text]
            case .exchangeFolder: files = ["sink/\(part)": text]
            case .addFiles:
                files["sink/a-\(part)"] = text
                files["sink/k=1/b-\(part)"] = text
            case .exchangePartitions, .loadTable:
                files = files.filter { $0.key.hasPrefix("sink/k=9") }
                files["sink/k=1/\(part)"] = text
                files["sink/k=2/\(part)"] = text
            }
        }
        return files
    }
}

func lease(_ run: RunID, token sequence: Int64) -> Lease {
    Lease(runID: run, attempt: Int(sequence), token: LeaseToken(sequence: sequence, nonce: UUID()))
}

extension Manifest {
    /// As a worker that takes over calls for the move.
    func taken(over lease: Lease) -> Manifest {
        var manifest = self
        manifest.lease = lease
        return manifest
    }
}
