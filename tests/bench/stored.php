<?php
/*
 * The stored echo as one writes it in PHP, to be measured next to plainchat: message and reply are
 * two rows of one SQLite transaction. It has no handicap: the connection is kept between requests,
 * the database is in WAL mode and synchronous as plainchat's is, the code is cached by opcache, and
 * nothing is asked of the database that is not needed.
 *
 * SPDX-License-Identifier: MIT
 */
declare(strict_types=1);

function refuse(int $status, string $title): never
{
	http_response_code($status);
	header('Content-Type: application/problem+json');
	exit(json_encode(['status' => $status, 'title' => $title]));
}

function open_database(string $path, string $synchronous): PDO
{
	$is_new = !is_file($path);
	$database = new PDO("sqlite:$path", null, null, [
		PDO::ATTR_PERSISTENT => true,
		PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
		PDO::ATTR_TIMEOUT => 5, // seconds to wait for the other processes
	]);
	$database->exec("PRAGMA synchronous = $synchronous");
	if ($is_new) {
		$database->exec('PRAGMA journal_mode = WAL');
		$database->exec('CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY,'
			. ' room TEXT NOT NULL, role INTEGER NOT NULL, name TEXT NOT NULL,'
			. ' text TEXT NOT NULL, time INTEGER NOT NULL, ref INTEGER NOT NULL)');
		$database->exec('CREATE INDEX IF NOT EXISTS by_room ON messages (room, id)');
	}
	return $database;
}

$question = json_decode(file_get_contents('php://input'), true, 8);
$message = $question['message'] ?? null;
$room = $question['room'] ?? null;
if (!is_string($message) || trim($message) === '' || strlen($message) > 32768)
	refuse(400, 'The message must be a text that is not blank');
if ($room !== 'bench')
	refuse(404, 'There is no such room');
$reply = "received $message";
$time = (int)(microtime(true) * 1000);

$database = open_database(getenv('BENCH_DATABASE'), getenv('BENCH_SYNCHRONOUS'));
// IMMEDIATE: one that begins by reading could not be upgraded while another process writes.
$database->exec('BEGIN IMMEDIATE');
try {
	$insert = $database->prepare('INSERT INTO messages (room, role, name, text, time, ref)'
		. ' VALUES (?, ?, ?, ?, ?, ?)');
	$insert->execute([$room, 1, '', $message, $time, 0]);
	$seq = (int)$database->lastInsertId();
	$insert->execute([$room, 2, '', $reply, $time, $seq]);
	$reply_seq = (int)$database->lastInsertId();
	$database->exec('COMMIT');
} catch (PDOException $failure) {
	$database->exec('ROLLBACK');
	throw $failure;
}

header('Content-Type: application/json');
header('Cache-Control: no-store');
header('X-Content-Type-Options: nosniff');
echo json_encode(['message' => $reply, 'room' => $room, 'seq' => $seq, 'reply_seq' => $reply_seq]);
