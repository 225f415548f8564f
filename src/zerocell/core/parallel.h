#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace zerocell {

/// The one pool of threads of a run; the calling thread is worker 0 and takes part.
///
/// Tasks are handed out dynamically, so results may depend on the task number but never on the worker.
class ThreadPool {
 public:
  /// n_threads >= 1; 1 starts no thread.
  explicit ThreadPool(int n_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  /// Calls body(task, worker) for every task in [0, n_tasks), worker in [0, size()).
  /// The first exception stops the hand-out and is thrown again here. A call from inside a task runs
  /// on the calling thread alone, with that thread's worker number.
  void parallel_for(size_t n_tasks, const std::function<void(size_t task, int worker)>& body);

  /// Splits [0, n) into contiguous ranges of at most `grain` and calls body(begin, end, worker).
  /// The split depends on n and grain alone.
  void parallel_ranges(size_t n, size_t grain,
                       const std::function<void(size_t begin, size_t end, int worker)>& body);

 private:
  struct Job;
  void work(int worker);
  static void drain(Job& job, int worker);

  std::vector<std::jthread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  std::atomic<size_t> generation_{0};
  std::atomic<int> active_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace zerocell
