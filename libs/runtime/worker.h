// A worker: one thread, one event loop, and everything that a request touches while it lives.
//
// A request stays on the worker that accepted it. Objects that belong to a worker are used on its thread only
// and need no lock. Nothing that blocks runs on a worker.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace portcullis::runtime {

class Worker {
 public:
  explicit Worker(int index);
  ~Worker();  // Stop() and Join()
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Starts the thread. Handlers posted before run then.
  void Start();

  // Ends the loop after the handler that is running. Thread-safe.
  void Stop();

  // Waits for the thread. Not from the worker itself.
  void Join();

  int index() const { return index_; }
  boost::asio::io_context& io() { return io_; }

  // True on this worker's thread.
  bool IsCurrent() const;

 private:
  const int index_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

// A fixed set of workers. Stopped and joined when destroyed.
class WorkerPool {
 public:
  explicit WorkerPool(int count);

  void Start();
  void Stop();
  void Join();

  size_t size() const { return workers_.size(); }
  Worker& operator[](size_t i) { return *workers_[i]; }

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace portcullis::runtime
